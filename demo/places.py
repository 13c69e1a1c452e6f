"""Where the demo's customers live: real divisions of China, and streets that could be there."""

from dataclasses import dataclass
from random import Random

# weight (about the city's population in millions) province city district
TABLE = """
22 北京市 北京市 朝阳区
9  北京市 北京市 海淀区
6  北京市 北京市 通州区
24 上海市 上海市 浦东新区
9  上海市 上海市 闵行区
7  上海市 上海市 宝山区
13 天津市 天津市 南开区
9  重庆市 重庆市 渝北区
8  重庆市 重庆市 九龙坡区
11 河北省 石家庄市 长安区
9  河北省 保定市 莲池区
7  河北省 唐山市 路北区
5  山西省 太原市 小店区
3  内蒙古自治区 呼和浩特市 赛罕区
9  辽宁省 沈阳市 皇姑区
7  辽宁省 大连市 甘井子区
9  吉林省 长春市 朝阳区
10 黑龙江省 哈尔滨市 南岗区
9  江苏省 南京市 鼓楼区
12 江苏省 苏州市 吴江区
9  江苏省 徐州市 泉山区
7  江苏省 无锡市 滨湖区
7  江苏省 南通市 崇川区
12 浙江省 杭州市 西湖区
6  浙江省 杭州市 余杭区
9  浙江省 宁波市 鄞州区
9  浙江省 温州市 瓯海区
6  浙江省 金华市 义乌市
9  安徽省 合肥市 蜀山区
8  安徽省 阜阳市 颍州区
8  福建省 福州市 仓山区
8  福建省 泉州市 晋江市
5  福建省 厦门市 集美区
6  江西省 南昌市 红谷滩区
8  江西省 赣州市 章贡区
9  山东省 济南市 历下区
10 山东省 青岛市 黄岛区
11 山东省 临沂市 兰山区
9  山东省 潍坊市 奎文区
12 河南省 郑州市 金水区
9  河南省 南阳市 卧龙区
7  河南省 洛阳市 涧西区
13 湖北省 武汉市 洪山区
5  湖北省 襄阳市 樊城区
10 湖南省 长沙市 岳麓区
6  湖南省 衡阳市 蒸湘区
18 广东省 广州市 天河区
9  广东省 广州市 番禺区
17 广东省 深圳市 龙岗区
10 广东省 东莞市 南城街道
9  广东省 佛山市 顺德区
5  广东省 汕头市 龙湖区
8  广西壮族自治区 南宁市 青秀区
3  海南省 海口市 龙华区
13 四川省 成都市 武侯区
8  四川省 成都市 双流区
5  四川省 绵阳市 涪城区
6  贵州省 贵阳市 观山湖区
8  云南省 昆明市 盘龙区
12 陕西省 西安市 雁塔区
4  甘肃省 兰州市 城关区
3  新疆维吾尔自治区 乌鲁木齐市 天山区
"""
ROADS = (
    "人民路 解放路 建设路 中山路 和平路 文化路 新华路 朝阳路 学府路 长江路 黄河路 迎宾大道 光明路 幸福路"
    " 花园路 滨河路 湖滨路 站前路 育才路 振兴路 团结路 青年路 体育路 工农路 富强路 康乐路 翠竹路 明珠路"
).split()
ESTATES = (
    "阳光花园 锦绣家园 翠湖小区 金色家园 世纪新村 书香名邸 绿城小区 丽景苑 滨江花苑 和谐家园 东方名苑 梧桐里"
    " 枫林雅居 怡景苑 碧水湾 安居苑 紫荆花园 桃源里 清河里 教师新村 机关宿舍 纺织厂家属院 铁路新村 万和城"
).split()


@dataclass(frozen=True)
class Place:
    """A district as an address names it."""

    province: str
    city: str
    district: str


def _weighted() -> tuple[list[Place], list[int]]:
    rows = [line.split() for line in TABLE.strip().splitlines()]
    return [Place(*row[1:]) for row in rows], [int(row[0]) for row in rows]


PLACES, WEIGHTS = _weighted()


def place(dice: Random) -> Place:
    """A district, the populous ones more often."""
    return dice.choices(PLACES, WEIGHTS)[0]


def street(dice: Random) -> str:
    """Road, number, estate, building and flat: 建设路118号翠湖小区6栋2单元1103室."""
    road, estate = dice.choice(ROADS), dice.choice(ESTATES)
    flat = f"{dice.randint(1, 18)}{dice.randint(1, 4):02d}室"
    building = f"{dice.randint(1, 32)}栋{dice.randint(1, 3)}单元"
    return f"{road}{dice.randint(1, 420)}号{estate}{building}{flat}"
