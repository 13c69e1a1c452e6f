"""The demo's customers: person number n is the same person in every run and every process."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from demo.places import place, street
from shop.identity.actions import AddressText

# Family names with their share of the population in tenths of a percent.
SURNAMES = {
    "王": 72, "李": 72, "张": 68, "刘": 54, "陈": 45, "杨": 31, "赵": 23, "黄": 22, "周": 21,
    "吴": 20, "徐": 17, "孙": 15, "胡": 13, "朱": 13, "高": 12, "林": 12, "何": 12, "郭": 11,
    "马": 10, "罗": 10, "梁": 9, "宋": 8, "郑": 8, "谢": 7, "韩": 7, "唐": 7, "冯": 6, "于": 6,
    "董": 6, "萧": 6, "程": 6, "曹": 6, "袁": 5, "邓": 5, "许": 5, "傅": 5, "沈": 5, "曾": 5,
    "彭": 5, "吕": 5, "苏": 5, "卢": 5, "蒋": 5, "蔡": 5, "贾": 4, "丁": 4, "魏": 4, "薛": 4,
    "叶": 4, "阎": 4, "余": 4, "潘": 4, "杜": 4, "戴": 4, "夏": 4, "钟": 4, "汪": 4, "田": 4,
    "任": 4, "姜": 4, "范": 4, "方": 3, "石": 3, "姚": 3, "谭": 3, "廖": 3, "邹": 3, "熊": 3,
    "金": 3, "陆": 3, "郝": 3, "孔": 3, "白": 3, "崔": 3, "康": 3, "毛": 2, "邱": 2, "秦": 2,
    "顾": 2, "侯": 2, "邵": 2, "孟": 2, "龙": 2, "万": 2, "段": 2, "钱": 2, "汤": 2, "黎": 2,
    "贺": 2, "龚": 2, "文": 2, "欧阳": 1,
}  # fmt: skip
WOMEN = (
    "秀英 桂兰 玉梅 淑珍 凤英 丽华 建英 秀芳 敏 静 丽 艳 芳 娟 霞 红梅 晓燕 海燕 春梅 玉玲 雪梅 丽娜 婷 婷婷"
    " 慧 琳 颖 佳慧 欣怡 雨桐 思琪 梦洁 晓雯 文静 雅婷 诗涵 洁 倩 莉 萍"
).split()
MEN = (
    "建国 建华 志强 国强 建军 德明 永平 伟 强 勇 军 磊 涛 斌 超 鹏 杰 刚 辉 波 明 海涛 文斌 志伟 晓东 俊杰 浩然"
    " 子轩 宇航 泽宇 天佑 嘉诚 一鸣 博文 立新 卫东 启明 家豪 文博 凯"
).split()
PHRASES = (
    "平安是福 岁月静好 云淡风轻 知足常乐 花开富贵 一帆风顺 向日葵 心若向阳 随缘 阳光总在风雨后 宁静致远 海阔天空"
    " 快乐每一天 往事如风 紫藤花开 小桥流水 简单生活 幸福的港湾 追风少年 半夏微凉 山野清风 晚风 橘子汽水"
    " 早睡早起身体好 今天也要加油鸭 干饭人 养生少女 退休生活"
).split()
CHILDREN = "豆豆 乐乐 果果 小宝 糖糖 轩轩 多多 妞妞 朵朵 辰辰 米粒 安安".split()
FLOWERS = "🌸 🌻 🌹 🍀 ☀️ 🌙 🐳 🍎".split()
# Mobile segments in use; the exchange 0000 behind them belongs to nobody.
SEGMENTS = "134 135 136 137 138 139 150 151 158 159 182 187 188 130 131 132 155 185 186 133 153 189".split()
MEMBER_SHARE = 0.45
SECOND_ADDRESS_SHARE = 0.3


@dataclass(frozen=True)
class Person:
    """A customer. `buyer` is the name of their phone in the WeChat simulator."""

    number: int
    buyer: str
    name: str
    nickname: str
    addresses: tuple[AddressText, ...]
    is_member: bool


def people(count: int) -> Iterator[Person]:
    return map(person, range(1, count + 1))


def person(number: int) -> Person:
    """Person number `number`, from 1 to 9999."""
    dice = Random(f"颐禾堂:person:{number}")
    surname = dice.choices(list(SURNAMES), list(SURNAMES.values()))[0]
    is_woman = dice.random() < 0.62  # who buys health food
    given = dice.choice(WOMEN if is_woman else MEN)
    return Person(
        number=number,
        buyer=f"顾客{number:04d}",
        name=surname + given,
        nickname=nickname(dice, surname, given, is_woman),
        addresses=tuple(addresses(dice, number, surname + given)),
        is_member=dice.random() < MEMBER_SHARE,
    )


def nickname(dice: Random, surname: str, given: str, is_woman: bool) -> str:
    """As people call themselves in WeChat: rarely by their name."""
    last = given[-1]
    flower = dice.choice(FLOWERS)
    elder = "姐" if is_woman else "哥"
    parent = "妈妈" if is_woman else "爸爸"
    kinds = (
        (30, dice.choice(PHRASES)),
        (14, dice.choice(CHILDREN) + parent),
        (12, last * 2),
        (10, f"{flower}{given}{flower}" if is_woman else f"{given}"),
        (10, f"{surname}{elder}"),
        (8, f"阿{last}"),
        (6, f"{surname}老师"),
        (5, f"小{surname}"),
        (5, surname + given),
    )
    return dice.choices([name for _w, name in kinds], [weight for weight, _n in kinds])[0]


def addresses(dice: Random, number: int, name: str) -> Iterator[AddressText]:
    """Home, and for some their parents' home, in the same city or another."""
    home = _address(dice, name, _phone(dice, number))
    yield replace(home, is_default=True)
    if dice.random() < SECOND_ADDRESS_SHARE:
        surname = dice.choices(list(SURNAMES), list(SURNAMES.values()))[0]
        yield _address(dice, surname + dice.choice(WOMEN[:10]), _phone(dice, number, parent=True))


def _address(dice: Random, recipient: str, phone: str) -> AddressText:
    where = place(dice)
    return AddressText(
        recipient, phone, where.province, where.city, where.district, street(dice)
    )


def _phone(dice: Random, number: int, *, parent: bool = False) -> str:
    """Unlike every other person's: the last four digits are their number."""
    segments = SEGMENTS[0::2] if parent else SEGMENTS[1::2]
    return f"{dice.choice(segments)}0000{number:04d}"
