import pytest

from tenon_core.storage.search.folding import core_length, fold, runs
from tenon_core.storage.search.matching import BEGINS, ELSEWHERE, EXACT, INSIDE, grade
from tenon_core.storage.search.query import MAX_WAYS, parse_query
from tenon_core.storage.search.spelling import (
    abbreviations,
    completions,
    readings,
    spelled,
    spellings,
    syllables,
)
from tenon_core.storage.search.tokens import text_tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＢ　１２", "abb 12"),
        ("Müller Škoda", "muller skoda"),
        ("GROẞE Straße", "grosse strasse"),
        ("ﾊﾝｶﾞﾙ 한글", "ハンカル 한글"),
    ],
)
def test_width_case_and_accents_do_not_matter(text, folded):
    assert fold(text) == folded


def test_codes_and_phone_numbers_are_one_word_however_they_are_grouped():
    assert runs("C-2024/001") == runs("c2024001") == [("", "c2024001")]
    assert runs("138 1234 5678") == runs("138-1234-5678") == [("", "13812345678")]
    assert runs("li.ming@zhiguang.com") == [("", w) for w in ("li", "ming", "zhiguang", "com")]


def test_legal_forms_are_told_from_names():
    assert core_length("智光电气股份有限公司") == 4
    assert core_length("智光电气集团有限公司") == 4
    assert core_length("有限公司") == 4
    assert core_length("智光") == 2


def test_polyphones_have_all_their_common_readings():
    assert {"chong", "zhong"} <= set(readings("重"))
    assert {"xia", "sha"} <= set(readings("厦"))
    assert {"lv", "lu"} == set(readings("吕"))
    assert readings("a") == readings("の") == ()


def test_about_four_hundred_syllables_are_known():
    assert 390 < len(syllables()) < 430
    assert completions("gua") == ("gua", "guai", "guan", "guang")
    assert completions("ia") == ()


def test_letters_are_read_as_syllables():
    assert spellings("xian") == [["xian"], ["xi", "an"], ["xia", "n"]]
    assert spellings("zhiguangd")[0] == ["zhi", "guang", "d"]
    assert ["guang", "qi", "an", "guang"] in spellings("guangqianguang")
    assert spellings("zgdq") == []
    assert ["zhi", "g", "d", "q"] in abbreviations("zhigdq")


def test_hopeless_letters_are_given_up_quickly():
    assert spellings("ia" * 12) == []
    assert len(parse_query("a" * 24).ways) <= MAX_WAYS
    assert len(parse_query("xian" * 5 + "xiai").ways) <= MAX_WAYS


@pytest.mark.parametrize(
    ("letters", "at", "answer"),
    [
        ("zhiguang", 0, True),
        ("zhigu", 0, True),
        ("zgdq", 0, True),
        ("zhgdq", 0, True),
        ("zhigdq", 0, True),
        ("guangdianq", 1, True),
        ("guang", 0, False),
        ("zhiguangdianqix", 0, False),
        ("zgq", 0, False),
    ],
)
def test_spelling_compares_with_the_characters(letters, at, answer):
    assert spelled("智光电气", at, letters) is answer


def test_equal_texts_have_equal_tokens_in_equal_order():
    texts = ("重庆ABB变压器有限公司", ("C-2024-001", "13812345678"))
    assert text_tokens(*texts) == text_tokens(*texts)


def test_a_name_costs_a_bounded_number_of_tokens():
    assert len(set(text_tokens("上海智光电气股份有限公司", ()))) < 60
    assert len(set(text_tokens("行" * 5000, ()))) < 60
    assert len(text_tokens("长重行乐" * 5000, ("1" * 5000,))) < 6000


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("智光电气", EXACT),
        ("c20240", ELSEWHERE),
        ("c-2024-0007", EXACT),
        ("智光", BEGINS),
        ("zhiguang", BEGINS),
        ("zgd", BEGINS),
        ("光电", INSIDE),
        ("dianqi", INSIDE),
        ("5678", ELSEWHERE),
        ("智光 5678", ELSEWHERE),
        ("智电", None),
        ("智光 9999", None),
    ],
)
def test_grades(query, answer):
    assert grade(parse_query(query), "智光电气", "C-2024-0007\n13812345678") == answer
