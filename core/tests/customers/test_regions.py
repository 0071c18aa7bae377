import csv
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, pinyin

from tenon_core.customers.countries import countries, find_country
from tenon_core.customers.region_names import PROVINCES_EN, short_names
from tenon_core.customers.regions import (
    Level,
    all_regions,
    ancestors,
    distance_km,
    find,
    get,
    nearest,
    position,
)

SHARED = Path(os.environ.get("TENON_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")
PLACEHOLDERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}

LOCAL_READINGS = {("乐", "lao"), ("宕", "tan")}


def test_every_real_division_of_the_source_is_there():
    source = SHARED / "geo_cn" / "adcodes.csv"
    with source.open(encoding="utf-8-sig", newline="") as lines:
        expected = {
            row["adcode"][:6]: (row["name"], row["longitude"], row["latitude"])
            for row in csv.DictReader(lines)
            if row["name"] not in PLACEHOLDERS
        }
    found = {
        code: (r.name, *("" if d is None else f"{d}" for d in (r.longitude, r.latitude)))
        for code, r in all_regions().items()
    }
    assert found.keys() == expected.keys()
    for code, (name, longitude, latitude) in expected.items():
        assert found[code][0] == name
        assert [float(d or 0) for d in found[code][1:]] == [
            float(longitude or 0),
            float(latitude or 0),
        ]


def test_the_tree_has_no_gap():
    levels = list(Level)
    for region in all_regions().values():
        chain = (*ancestors(region), region)
        assert chain[0].level is Level.PROVINCE
        assert region.full_name == "".join(r.name for r in chain)
        for above, below in pairwise(chain):
            assert below.parent_code == above.code
            assert levels.index(above.level) < levels.index(below.level)
    counts = {level: sum(r.level is level for r in all_regions().values()) for level in Level}
    assert counts == {Level.PROVINCE: 34, Level.CITY: 334, Level.DISTRICT: 2851}


def test_places_directly_under_a_province_and_in_municipalities():
    assert all_regions()["419001"].full_name == "河南省济源市"
    assert all_regions()["110105"].full_name == "北京市朝阳区"
    assert all_regions()["500233"].full_name == "重庆市忠县"
    assert all_regions()["441900"].full_name == "广东省东莞市"


def test_pinyin_is_a_reading_of_every_character():
    local = set()
    for region in all_regions().values():
        syllables = region.pinyin.split()
        assert len(syllables) == len(region.name), region
        for character, syllable in zip(region.name, syllables, strict=True):
            possible = {
                reading.replace("lve", "lue")
                for reading in pinyin(character, style=Style.NORMAL, heteronym=True)[0]
            }
            if syllable not in possible:
                local.add((character, syllable))
    # Readings that live on in place names only.
    assert local == LOCAL_READINGS


@pytest.mark.parametrize(
    ("code", "spoken"),
    [
        ("500000", "chong qing shi"),
        ("350200", "xia men shi"),
        ("341500", "lu an shi"),
        ("330382", "yue qing shi"),
        ("320116", "lu he qu"),
        ("140400", "chang zhi shi"),
        ("411100", "luo he shi"),
        ("211300", "chao yang shi"),
        ("610700", "han zhong shi"),
        ("420222", "yang xin xian"),
    ],
)
def test_names_with_several_readings(code, spoken):
    assert all_regions()[code].pinyin == spoken


def test_provinces_have_english_names():
    provinces = {code for code, r in all_regions().items() if r.level is Level.PROVINCE}
    assert provinces == PROVINCES_EN.keys()
    assert all_regions()["610000"].name_en == "Shaanxi"
    assert all_regions()["440100"].name_en is None


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("广东省", ("广东",)),
        ("内蒙古自治区", ("内蒙古",)),
        ("新疆维吾尔自治区", ("新疆",)),
        ("宁夏回族自治区", ("宁夏",)),
        ("香港特别行政区", ("香港",)),
        ("大兴安岭地区", ("大兴安岭",)),
        ("锡林郭勒盟", ("锡林郭勒",)),
        ("恩施土家族苗族自治州", ("恩施", "恩施州")),
        ("克孜勒苏柯尔克孜自治州", ("克孜勒苏", "克孜勒苏州")),
        ("双江拉祜族佤族布朗族傣族自治县", ("双江", "双江县")),
        ("东乡族自治县", ("东乡", "东乡县")),
        ("鄂温克族自治旗", ("鄂温克", "鄂温克旗")),
        ("神农架林区", ("神农架",)),
        ("忠县", ()),
        ("城区", ()),
    ],
)
def test_short_names(name, short):
    assert short_names(name) == short


@pytest.mark.parametrize(
    ("text", "full_name"),
    [
        ("广州", "广东省广州市"),
        ("内蒙古", "内蒙古自治区"),
        ("天河区", "广东省广州市天河区"),
        ("吉林", "吉林省"),
        ("吉林市", "吉林省吉林市"),
        ("海南州", "青海省海南藏族自治州"),
        ("朝阳", "辽宁省朝阳市"),
        ("忠县", "重庆市忠县"),
        ("长沙县", "湖南省长沙市长沙县"),
        ("440106", "广东省广州市天河区"),
        ("440106000000", "广东省广州市天河区"),
        ("440101", "广东省广州市"),
        ("４４０１０６", "广东省广州市天河区"),
        ("guangzhou", "广东省广州市"),
        ("Xi'an", "陕西省西安市"),
        ("Inner Mongolia", "内蒙古自治区"),
        ("tian he qu", "广东省广州市天河区"),
        ("广东省广州市天河区体育西路103号", "广东省广州市天河区"),
        ("广东 深圳 南山", "广东省深圳市南山区"),
        ("深圳市,南山区", "广东省深圳市南山区"),
        ("中国(上海)自由贸易试验区浦东新区张江路1号", "上海市浦东新区"),
        ("中国（上海）自由贸易试验区", "上海市"),
        ("北京通州", "北京市通州区"),
        ("北京市朝阳区建国路88号", "北京市朝阳区"),
        ("上海市静安区南京西路1266号", "上海市静安区"),
        ("上海南京西路1266号", "上海市"),
        ("拉萨市城关区北京中路", "西藏自治区拉萨市城关区"),
        ("广州市天河东路", "广东省广州市"),
        ("河南济源市", "河南省济源市"),
        ("吉林省吉林市船营区", "吉林省吉林市船营区"),
        ("海南藏族自治州共和县", "青海省海南藏族自治州共和县"),
        ("石家庄桥西区", "河北省石家庄市桥西区"),
        ("河北省桥西区", "河北省"),
        ("深圳市龙华区民治街道", "广东省深圳市"),
        ("广州智光电气股份有限公司", "广东省广州市"),
        ("中国广州智光电气", "广东省广州市"),
        ("智光电气(广州)有限公司", "广东省广州市"),
        ("国网四川成都供电公司", "四川省成都市"),
        ("北 京", "北京市"),
        ("西藏阿里地区噶尔县", "西藏自治区阿里地区噶尔县"),
    ],
)
def test_find(text, full_name):
    found = find(text)
    assert found is not None
    assert found.full_name == full_name


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "通州区",
        "鼓楼区",
        "suzhou",
        "东方电气",
        "长安汽车",
        "天河东路",
        "奥运城",
        "标准普洱",
        "阿里健康",
        "Berlin",
        "柏林",
        "999999",
    ],
)
def test_what_is_not_beyond_doubt_is_not_found(text):
    assert find(text) is None


def test_every_division_is_found_by_its_full_name():
    for region in all_regions().values():
        assert find(region.full_name) == region
        assert find(region.full_name + "人民路1号") == region


@given(st.text(alphabet="广东省州市天河区北京朝阳县路 1a", max_size=40))
def test_any_text_gets_the_same_answer_twice(text):
    assert find(text) == find(text)


def test_find_is_fast():
    find("广州")
    begin = time.process_time()
    for _ in range(200):
        find("广东省广州市天河区体育西路103号维多利广场A座")
    assert time.process_time() - begin < 0.2, "more than 1 ms an address"


def test_nearest_goes_up():
    assert get("440101") is None
    assert (nearest("440101") or all_regions()["110000"]).name == "广州市"
    assert (nearest("110100") or all_regions()["440000"]).name == "北京市"
    assert nearest("990101") is None


def test_position_falls_back_to_the_division_around():
    dingzhou = all_regions()["139001"]
    assert dingzhou.longitude is None
    assert position(dingzhou) == position(all_regions()["130000"])
    assert all(
        70 < position(r)[0] < 140 and 3 < position(r)[1] < 54 for r in all_regions().values()
    )


def test_distance():
    beijing, shanghai = (116.407394, 39.904211), (121.473662, 31.230372)
    # 1,067 km is the commonly given distance of the two cities.
    assert distance_km(beijing, shanghai) == pytest.approx(1067, abs=3)
    assert distance_km((0, 0), (180, 0)) == pytest.approx(20015.1, abs=0.1)
    assert distance_km((0, 0), (0, 1)) == pytest.approx(111.195, abs=0.001)


places = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(places, places, places)
def test_distance_is_a_metric(a, b, c):
    assert distance_km(a, a) == pytest.approx(0, abs=1e-6)
    assert distance_km(a, b) == pytest.approx(distance_km(b, a), abs=1e-6)
    assert distance_km(a, c) <= distance_km(a, b) + distance_km(b, c) + 1e-3


def test_countries():
    assert len(countries()) == 249
    assert len({c.code for c in countries()}) == 249
    assert (find_country("de") or countries()[0]).name_zh == "德国"
    assert (find_country("中国") or countries()[0]).code == "CN"
    assert (find_country(" united kingdom ") or countries()[0]).code == "GB"
    assert find_country("Atlantis") is None
    assert find_country("EU") is None
