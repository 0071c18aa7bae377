import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenon_core.entities import tax_numbers
from tenon_core.entities.tax_numbers import (
    ALPHABET,
    check_character,
    check_credit_code,
    division_of,
    has_valid_organisation_code,
    is_credit_code,
    normalize_credit_code,
)
from tenon_sdk.text import translate

# As the companies publish them in their annual reports and on their invoices.
PUBLIC = {
    "914403001922038216": "Huawei Technologies",
    "91440101714276826M": "Guangzhou Zhiguang Electric",
    "9144030071526726XG": "Tencent Technology (Shenzhen)",
    "9152000071430580XT": "Kweichow Moutai",
    "91440400192548256N": "Gree Electric Appliances",
    "91440606722473344C": "Midea Group",
    "91440300100012316L": "Ping An Insurance",
    "9144030010001686XA": "China Merchants Bank",
    "91440300192317458F": "BYD",
    "91100000100003962T": "Industrial and Commercial Bank of China",
    "911000001000013428": "Bank of China",
    "911100001000044477": "China Construction Bank",
    "91350900587527783P": "CATL",
    "9144030027939873X7": "ZTE",
    "91330000733796106P": "Hikvision",
}

bodies = st.tuples(
    st.text(ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
).map("".join)
codes = bodies.map(lambda body: body + check_character(body))


@pytest.mark.parametrize("code", PUBLIC)
def test_public_codes_are_accepted(code):
    assert check_credit_code(code) is None
    assert has_valid_organisation_code(code)


@given(codes, st.data())
def test_every_single_wrong_character_is_found(code, data):
    place = data.draw(st.integers(0, 17))
    wrong = data.draw(st.sampled_from(ALPHABET).filter(lambda c: c != code[place]))
    assert check_credit_code(code[:place] + wrong + code[place + 1 :]) is not None


@given(codes, st.integers(0, 16))
def test_every_swap_of_neighbours_is_found(code, place):
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_credit_code(swapped) == (swapped == code)


def test_of_all_swaps_only_the_one_of_both_ends_is_missed():
    draw = random.Random(32100)
    missed = set()
    for _attempt in range(300):
        body = "".join(draw.choice("0123456789") for _ in range(17))
        code = list(body + check_character(body))
        for a in range(18):
            for b in range(a + 1, 18):
                other = code.copy()
                other[a], other[b] = other[b], other[a]
                if other != code and is_credit_code("".join(other)):
                    missed.add((a, b))
    assert missed == {(0, 17)}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "has 18 characters, this one has 0"),
        ("91440300192203821", "this one has 17"),
        ("9144030019220382166", "this one has 19"),
        ("91440300192203821O", "“O” at position 18 cannot occur"),
        ("I14403001922038216", "“I” at position 1 cannot occur"),
        ("91440A001922038216", "“A” at position 6 must be a digit"),
        ("914403001922038217", "check character “7” does not fit"),
        ("９14403001922038216", "“９” at position 1 cannot occur"),
        ("91440²001922038216", "“²” at position 6 cannot occur"),
    ],
)
def test_the_error_tells_what_and_where(code, message):
    found = check_credit_code(code)
    assert found is not None
    assert message in translate(found)


def test_the_error_never_tells_which_character_would_be_right():
    found = check_credit_code("914403001922038217")
    assert found is not None
    assert "“6”" not in translate(found)


def test_what_people_type_is_normalized():
    assert normalize_credit_code("\t９１440400-192548256n \u3000") == "91440400192548256N"
    assert normalize_credit_code("9144–0400 1925—48256N") == "91440400192548256N"


@given(st.text())
def test_any_text_gets_an_answer(text):
    assert (check_credit_code(text) is None) == is_credit_code(text)


@given(st.text("09AZaz０９Ａｚ -\t\u3000–－—"))
def test_normalizing_twice_changes_nothing_more(text):
    once = normalize_credit_code(text)
    assert normalize_credit_code(once) == once


def test_a_code_tells_its_division():
    assert division_of("91440101714276826M") == "440101"


def test_a_wrong_organisation_code_is_a_hint_and_no_error():
    body = "91440101714276827"
    code = body + check_character(body)
    assert is_credit_code(code)
    assert not has_valid_organisation_code(code)


def test_organisation_code_with_check_digits_0_and_x():
    for digits in ("10001686X", "71526726X"):
        body = "91440300" + digits
        assert has_valid_organisation_code(body + check_character(body))
    zero = next(
        f"{n:08}0"
        for n in range(1000)
        if sum(int(c) * w for c, w in zip(f"{n:08}", (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        == 0
        and n
    )
    body = "91440300" + zero
    assert has_valid_organisation_code(body + check_character(body))


def test_the_weights_are_those_of_the_standard():
    assert tax_numbers._WEIGHTS == (
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
    )  # fmt: skip
