from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenon_core.transfer.cells import (
    CellFault,
    day_of,
    directives,
    moment_of,
    number_of,
    text_of,
    truth_of,
    whole_of,
)
from tenon_core.transfer.csv_rows import sniff
from tenon_core.transfer.mapping import fold_header, fold_value, parse_mapping, slug

NUMBERS = {
    "1100.04": "1100.04", "1,234": "1234", "1,234.50": "1234.50", "1.234,50": "1234.50",
    "1.234.567": "1234567", "1,5": "1.5", "1 234,5": "1234.5", "1'234.5": "1234.5",
    "¥1,234.50": "1234.50", "1 234 €": "1234", "CNY 12": "12", "12 CNY": "12", "-$5.00": "-5.00",
    "(1,234.5)": "-1234.5", "−3": "-3", "１２，３４５．６": "12345.6", "1.5万": "15000", "2亿": "200000000",
    "13%": "13", "100元": "100", "+7": "7", "1e3": "1000",
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_as_people_write_them(text):
    assert number_of(text) == Decimal(NUMBERS[text])


@pytest.mark.parametrize(
    "text", ["", "abc", "1,23,4", "1.2.3,4", "12,34.5", "nan", "inf", "--1", "1e99", "1..2"]
)
def test_what_is_no_number(text):
    with pytest.raises(CellFault):
        number_of(text)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12
    )
)
def test_a_number_survives_each_way_of_writing(number):
    plain = format(number, ",.2f")
    assert number_of(plain) == number
    assert number_of(plain.translate(str.maketrans(",.", ".,")), ",") == number
    assert number_of(plain.replace(",", " ")) == number


def test_spreadsheet_numbers_are_exact():
    assert number_of(0.1 + 0.2) == Decimal("0.3")
    assert number_of(1100.04) == Decimal("1100.04")
    assert text_of(13812345678.0) == "13812345678"
    assert text_of(1e15) == "1000000000000000"
    assert whole_of(12.0) == 12
    with pytest.raises(CellFault):
        whole_of(12.5)


@pytest.mark.parametrize("word", ["yes", "Y", "TRUE", "1", "是", "有", "√", "ｙｅｓ"])
def test_yes_in_both_languages(word):
    assert truth_of(word) is True


@pytest.mark.parametrize("word", ["no", "N", "false", "0", "否", "无"])
def test_no_in_both_languages(word):
    assert truth_of(word) is False


def test_days():
    day = date(2026, 11, 23)
    for text in (
        "2026-11-23",
        "2026/11/23",
        "2026.11.23",
        "20261123",
        "2026年11月23日",
        "23.11.2026",
        "2026-11-23 00:00:00",
    ):
        assert day_of(text) == day, text
    assert day_of(46349.0) == day
    assert day_of(datetime.fromisoformat("2026-11-23T09:00")) == day
    assert day_of("11/23/2026", "MM/DD/YYYY") == day
    assert day_of("23.11.26", "%d.%m.%y") == day
    for text in ("11/23/2026", "2026-13-01", "soon", "23.11.26"):
        with pytest.raises(CellFault):
            day_of(text)


def test_moments_are_in_the_zone_of_the_person():
    zone = ZoneInfo("Asia/Shanghai")
    expected = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    for cell in (
        "2026-11-23T09:30:00+08:00",
        "2026-11-23 09:30",
        "2026/11/23 09:30",
        datetime.fromisoformat("2026-11-23T09:30"),
    ):
        assert moment_of(cell, zone) == expected, cell
    assert moment_of(46349.395833333336, zone) == expected
    with pytest.raises(CellFault):
        moment_of("2026-11-23 25:00", zone)


def test_forms_of_dates():
    assert directives("DD.MM.YYYY HH:mm:ss") == "%d.%m.%Y %H:%M:%S"
    assert directives("M/D/YY") == "%m/%d/%y"
    assert directives("%d.%m.%Y") == "%d.%m.%Y"


def test_an_apostrophe_before_a_formula_is_no_part_of_the_text():
    assert text_of("'=1+1") == "=1+1"
    assert text_of("'s-Hertogenbosch") == "'s-Hertogenbosch"


def test_folding():
    assert fold_header("  Short_Name ") == fold_header("ＳＨＯＲＴ name") == "shortname"
    assert fold_value("Ａcme   Ltd") == "acme ltd"
    assert slug("Mei-Mei Johns") == "mei-mei.johns"


def test_repairs():
    plan = parse_mapping(
        {
            "columns": {
                "a": {
                    "field": "x",
                    "values": {"technolgy": "technology"},
                    "patterns": {r"(\d{6})0{6}": r"\1"},
                    "split": "/",
                    "part": 2,
                    "transform": "upper",
                }
            }
        }
    )
    repair = plan.columns["a"][0].repair
    assert repair("x/Technolgy/y") == "TECHNOLOGY"
    assert repair("x/440106000000") == "440106"
    assert repair("alone") == ""


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_columns(delimiter):
    rows = [["a", "b", "c"], ["1,5", "x; y", "z"], ["2", "p|q", '"']]
    text = "\n".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows
    )
    assert sniff(text) == delimiter


def test_one_column_has_no_delimiter():
    assert sniff("name\nAcme\nBeta\n") == ","
