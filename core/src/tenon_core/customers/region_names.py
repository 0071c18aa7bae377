"""Short names of Chinese administrative divisions, and the English ones of the provinces."""

from __future__ import annotations

import re

# The English names in official use; where they differ from pinyin (Shaanxi, Inner Mongolia) a
# rule cannot know them.
PROVINCES_EN = {
    "110000": "Beijing",
    "120000": "Tianjin",
    "130000": "Hebei",
    "140000": "Shanxi",
    "150000": "Inner Mongolia",
    "210000": "Liaoning",
    "220000": "Jilin",
    "230000": "Heilongjiang",
    "310000": "Shanghai",
    "320000": "Jiangsu",
    "330000": "Zhejiang",
    "340000": "Anhui",
    "350000": "Fujian",
    "360000": "Jiangxi",
    "370000": "Shandong",
    "410000": "Henan",
    "420000": "Hubei",
    "430000": "Hunan",
    "440000": "Guangdong",
    "450000": "Guangxi",
    "460000": "Hainan",
    "500000": "Chongqing",
    "510000": "Sichuan",
    "520000": "Guizhou",
    "530000": "Yunnan",
    "540000": "Tibet",
    "610000": "Shaanxi",
    "620000": "Gansu",
    "630000": "Qinghai",
    "640000": "Ningxia",
    "650000": "Xinjiang",
    "710000": "Taiwan",
    "810000": "Hong Kong",
    "820000": "Macao",
}

# The peoples after which autonomous areas are named, with and without 族.
_PEOPLES = (
    "各 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 拉祜 "
    "水 东乡 "
    "纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 鄂温克 德昂 "
    "保安 裕固 独龙 鄂伦春"
).split()
_PEOPLE = "(?:" + "|".join(sorted(_PEOPLES, key=len, reverse=True)) + ")族?"
_AUTONOMOUS = re.compile(rf"(?P<place>.{{2,}}?)(?:{_PEOPLE})+自治(?P<kind>[区州县旗])")
# 东乡族自治县: the people's name is the place's name too.
_NAMED_AFTER_PEOPLE = re.compile(r"(?P<place>.{2,}?)族?自治(?P<kind>[区州县旗])")
_SUFFIX = re.compile(
    r"(?P<place>.{2,}?)(?:特别行政区|地区|矿区|林区|特区|新区|省|市|区|县|盟|旗|群岛)"
)
# 阿里 alone is the company and a first name far more often than the prefecture in Tibet.
_UNSHORTENED = frozenset({"阿里地区"})


def short_names(name: str) -> tuple[str, ...]:
    """The ways people shorten a division's name, the shortest first; none for 城区 or 忠县.

    >>> short_names("广州市"), short_names("延边朝鲜族自治州"), short_names("浦东新区")
    (('广州',), ('延边', '延边州'), ('浦东',))
    """
    if name in _UNSHORTENED:
        return ()
    for pattern in (_AUTONOMOUS, _NAMED_AFTER_PEOPLE):
        found = pattern.fullmatch(name)
        if found:
            place, kind = found["place"], found["kind"]
            return (place,) if kind == "区" else (place, place + kind)
    found = _SUFFIX.fullmatch(name)
    return (found["place"],) if found else ()
