"""What the demo's customers buy, and what they ask for."""

from random import Random

from demo.content import products

Lines = tuple[tuple[str, int], ...]
"""SKU codes with quantities."""

LINES = {1: 52, 2: 28, 3: 14, 4: 6}
QUANTITIES = {1: 68, 2: 22, 3: 7, 5: 3}
REMARK_SHARE = 0.25
REMARKS = (
    "请尽快发货，给妈妈过生日用",
    "放菜鸟驿站",
    "送货前请打电话",
    "周末不在家，请工作日派送",
    "麻烦发顺丰，谢谢",
    "请发新日期的",
    "放门卫室就好",
    "老人收件，请送上楼",
    "需要开发票，抬头稍后发给客服",
    "包装请仔细一点，上次盒子压坏了",
    "和上一单一起发可以吗",
    "不要放快递柜",
    "送礼用，请不要放价格单",
    "头一回买，请附一份食用说明",
    "家里有人，直接敲门",
)


def basket(dice: Random) -> Lines:
    """One to four products, the popular ones more often, the small packs more often."""
    count = dice.choices(list(LINES), list(LINES.values()))[0]
    chosen = []
    shelf = list(products())
    for _ in range(count):
        sheet = dice.choices(shelf, [sheet.popularity for sheet in shelf])[0]
        shelf.remove(sheet)
        packs = sheet.sku_codes()
        sku = dice.choices(packs, range(len(packs) + 1, 1, -1))[0]
        chosen.append((sku, dice.choices(list(QUANTITIES), list(QUANTITIES.values()))[0]))
    return tuple(chosen)


def small_basket(dice: Random) -> Lines:
    """One product, once or twice: nothing a check would ask about."""
    sku, _quantity = basket(dice)[0]
    return ((sku, dice.randint(1, 2)),)


def remark(dice: Random) -> str:
    return dice.choice(REMARKS) if dice.random() < REMARK_SHARE else ""
