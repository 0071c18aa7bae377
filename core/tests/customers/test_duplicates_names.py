import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenon_core.customers.duplicates import parse_name
from tenon_core.customers.duplicates.names import fold

CHINESE = [
    # name, core, legal form, places, branch
    ("广州智光电气股份有限公司", "智光电气", "股份有限公司", {"广州"}, ""),
    ("广州市智光电气有限公司", "智光电气", "有限公司", {"广州"}, ""),
    ("廣州智光電氣股份有限公司", "智光电气", "股份有限公司", {"广州"}, ""),
    ("广东省广州市天河区宏达贸易有限责任公司", "宏达贸易", "有限公司", {"广东", "广州"}, ""),
    ("西门子（中国）有限公司", "西门子", "有限公司", set(), ""),
    ("西门子(上海)有限公司", "西门子", "有限公司", {"上海"}, ""),
    ("华为技术有限公司北京分公司", "华为技术", "有限公司", set(), "北京分公司"),
    ("华为技术北京分公司", "华为技术", "", set(), "北京分公司"),
    ("中国平安保险（集团）股份有限公司", "平安保险", "股份有限公司", set(), ""),
    ("ＴＣＬ科技集团股份有限公司", "tcl科技", "股份有限公司", set(), ""),
    ("海尔集团公司", "海尔", "集团", set(), ""),
    ("海尔集团", "海尔", "集团", set(), ""),
    ("青岛啤酒股份有限公司", "青岛啤酒", "股份有限公司", {"青岛"}, ""),
    ("阿里巴巴（中国）有限公司", "阿里巴巴", "有限公司", set(), ""),
    ("昆山市华东机械有限公司", "华东机械", "有限公司", set(), ""),
    ("恩施土家族苗族自治州利川机械厂", "利川机械厂", "", {"恩施"}, ""),
    ("上海新宇投资合伙企业（有限合伙）", "新宇投资", "合伙企业", {"上海"}, ""),
    ("株式会社日立製作所", "日立制作所", "株式会社", set(), ""),
    ("国美超市有限公司", "国美超市", "有限公司", set(), ""),
    ("北京", "北京", "", set(), ""),
    ("公司", "公司", "", set(), ""),
]

LATIN = [
    ("Siemens AG", "siemens", "ag"),
    ("SIEMENS AKTIENGESELLSCHAFT", "siemens", "ag"),
    ("Acme Co., Ltd.", "acme", "ltd"),
    ("Acme Company Limited", "acme", "ltd"),
    ("Acme, Inc.", "acme", "inc"),
    ("Acme Corporation", "acme", "inc"),
    ("Acme LLC", "acme", "llc"),
    ("Acme L.L.C.", "acme", "llc"),
    ("Müller GmbH", "muller", "gmbh"),
    ("Müller G.m.b.H.", "muller", "gmbh"),
    ("Müller GmbH & Co. KG", "muller", "gmbh-co-kg"),
    ("Acme S.A.", "acme", "sa"),
    ("Acme S.p.A.", "acme", "spa"),
    ("Acme S.à r.l.", "acme", "sarl"),
    ("Acme S.A. de C.V.", "acme", "sa-de-cv"),
    ("Orlen Sp. z o.o.", "orlen", "spzoo"),
    ("Novo Nordisk A/S", "novonordisk", "as"),
    ("Philips N.V.", "philips", "nv"),
    ("Acme Pte. Ltd.", "acme", "pte-ltd"),
    ("Acme Sdn Bhd", "acme", "bhd"),
    ("PT Astra International Tbk", "astrainternational", "pt"),
    ("Acme Holding AG", "acme", "ag"),
    ("The Limited", "limited", ""),
    ("Ltd", "ltd", ""),
]


@pytest.mark.parametrize(("name", "core", "form", "places", "branch"), CHINESE)
def test_chinese_names_are_taken_apart(name, core, form, places, branch):
    found = parse_name(name)
    assert (found.core, found.legal_form, set(found.regions), found.branch) == (
        core,
        form,
        places,
        branch,
    )


@pytest.mark.parametrize(("name", "core", "form"), LATIN)
def test_latin_names_are_taken_apart(name, core, form):
    found = parse_name(name)
    assert (found.core, found.legal_form) == (core, form)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sweden", "Swedish"),
        ("Ministry of Defence (Republic of Ireland)", "Irish Ministry of Defense"),
        ("United States of America", "U.S.A."),
    ],
)
def test_nations_agree_in_every_form(one, other):
    places = parse_name(one).regions
    assert places
    assert places == parse_name(other).regions


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("British Columbia's Foundry", "British Columbia Foundry"),
        ("Ministerio de Energía", "Ministry of Energy"),
        ("Acme Agentur", "Acme Agency"),
        ("Bombay Dyeing", "Mumbai Dyeing"),
    ],
)
def test_other_languages_and_possessives_are_read(one, other):
    assert parse_name(one).core == parse_name(other).core


def test_bytes_read_in_the_wrong_encoding_are_repaired():
    broken = "La Société Générale".encode().decode("cp1252")
    assert fold(broken) == fold("La Société Générale") == "la societe generale"


@given(st.text(max_size=60))
def test_any_text_is_taken_apart(text):
    found = parse_name(text)
    assert bool(found.core) == bool(found.tokens)
    assert parse_name(text.upper()).legal_form is not None
    assert " " not in found.core


@given(st.sampled_from([name for name, *_rest in CHINESE + LATIN]))
def test_width_and_case_do_not_matter(name):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    assert parse_name(wide).core == parse_name(name).core == parse_name(name.upper()).core
