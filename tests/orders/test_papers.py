"""Pick list, packing slip and hand-over list as PDF: what they say, and that all of it is drawn."""

import json
import re

import pytest
import typst
from django.utils.translation import override

from catalog.rules import HEALTH_FOOD_NOTICE
from demo.content import products
from orders.actions import hand_over, label_parcel, pack_parcel, pick_as_listed, release_wave
from orders.rendering import hand_over_list_of, pack_values, packing_slip_of, pick_list_of
from orders.rendering.papers import TEMPLATES, _hand_over_values, _pick_values
from orders.selectors.waves import units_at_packing
from shop.doors.documents import FONTS, MISSING, missing_from, pdf_of, printable, qr_of
from tests import cast
from tests.catalog.goods import lot, stocked
from tests.doors.conftest import desk_of
from tests.make import make_order, make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def hand():
    return cast.staff("warehouse")


def packed(hand, order, split=False):
    wave = release_wave([order], "SF", by=hand)
    pick_as_listed(wave.tasks.get(), by=hand)
    units = units_at_packing(order)
    if split:
        units = dict.fromkeys(units, 1)
    return wave, pack_parcel(order, units, split=split, by=hand)


def test_a_packing_slip_names_lot_and_expiry_and_what_the_law_wants_said(hand):
    sku = stocked(("甲2026", 3, 300))
    order = make_order("confirmed", sku=sku, quantity=3)
    _wave, parcel = packed(hand, order, split=True)
    said = pack_values(parcel)
    [line] = said["lines"]
    assert (line["lot"], line["expires_on"], line["quantity"]) == (
        "甲2026", str(lot(sku, "甲2026").expires_on), 1,
    )  # fmt: skip
    assert said["notices"] == [HEALTH_FOOD_NOTICE]
    assert packing_slip_of(parcel).startswith(b"%PDF")


def test_no_paper_names_the_consignee_or_their_phone(hand):
    order = make_order("confirmed")
    wave, parcel = packed(hand, order)
    label_parcel(parcel, "SF", "SF00000001", by=hand)
    handed = hand_over("SF", [parcel], counted=1, by=hand)
    for values in (_pick_values(wave), pack_values(parcel), _hand_over_values(handed)):
        said = json.dumps(values, ensure_ascii=False)
        for secret in (order.recipient, order.phone, order.street):
            assert secret not in said
    assert "138****1234" in pack_values(parcel)["consignee"]


def texts(values):
    if isinstance(values, dict):
        return " ".join(texts(one) for key, one in values.items() if key != "qr")
    return " ".join(map(texts, values)) if isinstance(values, list) else str(values)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_sign_of_the_papers_is_in_the_font(hand, language):
    order = make_order("confirmed", sku=make_sku())
    wave, parcel = packed(hand, order)
    label_parcel(parcel, "SF", "SF00000001", by=hand)
    handed = hand_over("SF", [parcel], counted=1, by=hand)
    with override(language):
        for values in (_pick_values(wave), pack_values(parcel), _hand_over_values(handed)):
            assert missing_from(texts(values)) == set()
        for content in (pick_list_of(wave), packing_slip_of(parcel), hand_over_list_of(handed)):
            assert content.startswith(b"%PDF")


def test_the_font_knows_every_product_of_the_demo():
    said = " ".join(sheet.text["title"] for sheet in products())
    assert len(said) > 100
    assert missing_from(said) == set()


def test_what_the_font_lacks_is_found_and_marked():
    assert missing_from("王喆🙂") == {"喆", "🙂"}
    assert printable("王喆🙂") == f"王{MISSING}{MISSING}"


def drawn(text):
    """How many different shapes typst draws for the text."""
    source = '#set text(font: "Shop Sans SC")\n#sys.inputs.t'
    page = typst.compile(source.encode(), font_paths=[FONTS], ignore_system_fonts=True,
                         format="svg", sys_inputs={"t": text})  # fmt: skip
    return len(set(re.findall(rb'<symbol[^>]*>\s*<path d="([^"]+)"', bytes(page))))


def test_the_font_has_outlines_and_not_only_names():
    assert drawn("保健食品") == 4
    assert drawn("") == 0


def test_what_a_customer_wrote_stays_text(tmp_path):
    template = tmp_path / "t.typ"
    template.write_text("#set page(width: 40mm, height: auto)\n#json(bytes(sys.inputs.values)).x")
    assert pdf_of(template, {"x": '#panic("no") $ [ ] "'}).startswith(b"%PDF")
    assert (TEMPLATES / "paper.typ").exists()
    assert "<svg" in qr_of("261122000000000001")


def test_the_desk_serves_them_to_the_warehouse_alone(hand):
    wave, parcel = packed(hand, make_order("confirmed"))
    label_parcel(parcel, "SF", "SF00000001", by=hand)
    handed = hand_over("SF", [parcel], counted=1, by=hand)
    pages = [
        f"/admin/warehouse/waves/{wave.pk}/list.pdf",
        f"/admin/warehouse/parcels/{parcel.pk}/slip.pdf",
        f"/admin/warehouse/hand-overs/{handed.pk}/list.pdf",
    ]
    warehouse, finance = desk_of("warehouse"), desk_of("finance")
    for page in pages:
        answer = warehouse.get(page)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
        assert finance.get(page).status_code == 404
