"""What is new begins on a page: above its list, for whoever may, and never twice."""

import pytest

from catalog.models import Brand, Category
from shop.records.models import Channel, Policy

pytestmark = pytest.mark.django_db

POLICY = "/admin/desk/begin/records.establish_policy/"
POLICY_SAID = {"title": "客服值班制度", "code": "duty", "audience": "posts", "posts": ["hr"]}
CHANNEL = "/admin/desk/begin/records.register_channel/"
CHANNEL_SAID = {"name": "天河线下店", "code": "tianhe", "kind": "offline"}
BEGUN = [
    (POLICY, POLICY_SAID, Policy, "records/policy"),
    (CHANNEL, CHANNEL_SAID, Channel, "records/channel"),
    ("/admin/desk/begin/catalog.add_brand/", {"name": "禾润"}, Brand, "catalog/brand"),
    ("/admin/desk/begin/catalog.add_category/", {"name": "鱼油", "slug": "fish"}, Category,
     "catalog/category"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "said", "model", "rows"), BEGUN, ids=lambda one: str(one)[-25:])
def test_it_begins_above_its_list_and_leads_to_its_page(desk, page, said, model, rows):
    manager = desk("operations_manager")
    before = model.objects.count()
    assert page in manager.get(f"/admin/{rows}/").content.decode()
    assert manager.get(page).status_code == 200
    answer = manager.post(page, said)
    made = model.objects.get(**{name: said[name] for name in ("name", "title") if name in said})
    assert answer["Location"] == f"/admin/{rows}/{made.pk}/change/"
    assert model.objects.count() == before + 1


@pytest.mark.parametrize(("page", "said", "model", "rows"), BEGUN, ids=lambda one: str(one)[-25:])
def test_what_is_there_already_is_refused_and_stays_as_it_was(desk, page, said, model, rows):
    manager = desk("operations_manager")
    manager.post(page, said)
    before = list(model.objects.values())
    answer = manager.post(page, said)
    assert (answer.status_code in (400, 409), list(model.objects.values())) == (True, before)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({**POLICY_SAID, "posts": []}, "请至少选择一个岗位"),
        ({**POLICY_SAID, "audience": "staff"}, "请留空"),
        ({**POLICY_SAID, "posts": ["king"]}, "king"),
        ({**POLICY_SAID, "code": "accept"}, "请换一个代码"),
        ({**POLICY_SAID, "code": "no space"}, "连字符"),
    ],
)
def test_a_policy_for_nobody_or_without_a_plain_code_is_refused(desk, said, complaint):
    answer = desk("operations_manager").post(POLICY, said)
    assert answer.status_code in (400, 422)
    assert complaint in answer.content.decode()
    assert not Policy.objects.filter(title=said["title"]).exists()


def test_the_shops_own_channel_is_not_registered_a_second_time(desk):
    answer = desk("operations_manager").post(CHANNEL, {**CHANNEL_SAID, "kind": "mini_program"})
    assert answer.status_code == 400
    assert not Channel.objects.filter(code="tianhe").exists()


@pytest.mark.parametrize("page", [one[0] for one in BEGUN])
def test_who_may_not_sees_no_button_and_reaches_no_page(desk, page):
    clerk = desk("warehouse")
    assert clerk.get(page).status_code == 403
    assert clerk.post(page, {}).status_code == 403


def test_what_nothing_begins_by_is_404(desk):
    assert desk("operations_manager").get("/admin/desk/begin/orders.pay_order/").status_code == 404
