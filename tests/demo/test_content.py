"""The demo's texts keep the law they are to demonstrate."""

import re

import pytest

from catalog.models import Product, ProductRevision
from catalog.rules import is_approval_number, missing_for_submission, one_text
from demo.content import brands, products, shelves
from marketing.rules import Wanted, quote
from shop.law.rulebook import scan

# 允许保健食品声称的保健功能目录 (2023): the functions besides nutrient supplements.
FUNCTIONS = """
有助于增强免疫力 有助于抗氧化 辅助改善记忆 缓解视觉疲劳 清咽润喉 有助于改善睡眠
缓解体力疲劳 耐缺氧 有助于控制体内脂肪 有助于改善骨密度 改善缺铁性贫血 有助于改善痤疮
有助于改善黄褐斑 有助于改善皮肤水份状况 有助于调节肠道菌群 有助于消化 有助于润肠通便
辅助保护胃黏膜 有助于维持血脂（胆固醇）健康水平 有助于维持血脂（甘油三酯）健康水平
有助于维持血糖健康水平 有助于维持血压健康水平 对化学性肝损伤有辅助保护作用
对电离辐射危害有辅助保护作用 有助于排铅
"""
NUTRIENTS = """
钙 镁 钾 锰 铁 锌 硒 铜 烟酸 叶酸 泛酸 胆碱 生物素 β-胡萝卜素
维生素A 维生素B1 维生素B2 维生素B6 维生素B12 维生素C 维生素D 维生素E 维生素K
"""
PROVINCES = {"浙江": "33", "山东": "37", "广东": "44", "海南": "46"}

every_product = pytest.mark.parametrize("sheet", products(), ids=lambda sheet: sheet.code)
HEALTH_FOODS = [sheet for sheet in products() if sheet.kind == Product.Kind.HEALTH_FOOD]
every_health_food = pytest.mark.parametrize("sheet", HEALTH_FOODS, ids=lambda sheet: sheet.code)
FOODS = [sheet for sheet in products() if sheet.kind == Product.Kind.FOOD]


def test_there_are_some_thirty_mostly_health_foods():
    assert 30 <= len(products()) <= 40
    assert len(HEALTH_FOODS) > 5 * len(FOODS) > 0
    assert 6 <= len(brands()) <= 8


@every_product
def test_is_complete_for_review_and_fits_its_columns(sheet):
    assert missing_for_submission(sheet.kind, sheet.text) == {}
    for name, said in sheet.text.items():
        assert len(said) <= ProductRevision._meta.get_field(name).max_length, name


@every_product
def test_says_nothing_that_the_law_objects_to(sheet):
    names = [specification.name for specification in sheet.specifications]
    said, _begins = one_text({**sheet.text, "names": "\n".join(names)})
    assert scan(said, sheet.kind) == []


@every_health_food
def test_claims_only_what_the_catalogue_of_functions_permits(sheet):
    claim = sheet.text["efficacy"]
    if claim.startswith("补充"):
        assert set(claim.removeprefix("补充").split("、")) <= set(NUTRIENTS.split())
    else:
        assert set(claim.split("、")) <= set(FUNCTIONS.split())


@pytest.mark.parametrize("sheet", FOODS, ids=lambda sheet: sheet.code)
def test_ordinary_food_claims_nothing(sheet):
    for name in ("efficacy", "approval_number", "functional_components", "suitable_for", "notice"):
        assert sheet.text[name] == ""
    said = "".join(sheet.text.values())
    assert not [function for function in FUNCTIONS.split() if function in said]


@every_health_food
def test_its_approval_number_has_the_legal_form_and_is_nobody_elses(sheet):
    """Serials run from 8000 (registered) and 800000 (filed), above all that were given out."""
    number = sheet.text["approval_number"]
    assert is_approval_number(number)
    serial = int(number[-6:]) if number.startswith("食健备") else int(number[-4:])
    assert serial >= (800_000 if number.startswith("食健备") else 8_000)
    if filed := re.fullmatch(r"食健备G20\d\d(\d\d)\d{6}", number):
        assert filed[1] == PROVINCES[sheet.text["manufacturer"][:2]]
    assert number.startswith("食健备J") == ("进口" in sheet.text["origin"])


def test_every_number_and_code_is_given_once():
    numbers = [sheet.text["approval_number"] for sheet in HEALTH_FOODS]
    codes = [sheet.code for sheet in products()]
    assert len(set(numbers)) == len(numbers)
    assert len(set(codes)) == len(codes)


@every_product
def test_prices_are_sensible_and_members_never_pay_more(sheet):
    assert 1 <= len(sheet.specifications) <= 3
    for spec in sheet.specifications:
        assert 2_000 <= spec.price_fen <= 80_000
        wanted = [Wanted(1, 1, spec.price_fen, spec.member_price_fen)]
        as_member = quote(wanted, is_member=True).payable_fen
        assert 0.75 * spec.price_fen <= as_member <= spec.price_fen


def test_most_specifications_have_a_member_price():
    offered = [spec for sheet in products() for spec in sheet.specifications]
    assert sum(spec.member_price_fen is not None for spec in offered) > 0.8 * len(offered)


def test_every_product_stands_on_a_shelf_of_the_second_level():
    leaves = {shelf.slug for shelf in shelves() if shelf.above}
    assert {sheet.shelf for sheet in products()} == leaves
    assert {shelf.above for shelf in shelves()} - {None} <= {shelf.slug for shelf in shelves()}
