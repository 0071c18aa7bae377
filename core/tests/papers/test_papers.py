"""What stands on papers: in both languages, for whom, and how it is laid out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from tenon_core.entities import (
    Account,
    Activity,
    ActivityParticipant,
    Address,
    Contact,
    ContactAccount,
    InvoiceProfile,
    Product,
)
from tenon_core.papers.framing import qr_code
from tenon_core.papers.writing import Writer, clean
from tenon_sdk.errors import Forbidden, Invalid, NotFound
from tenon_sdk.papers import Money, PaperSize, template_faults, template_messages

HOSTILE = [
    '#panic("no") #eval("1+1") *bold* _it_ `raw` $x^2$ = Heading',
    '#read("/etc/passwd") #image("/etc/passwd") #include "x.typ"',
    "\\u{41} \\ // not a comment /* nor this */ @ref <label> [content] ~ -- ---",
    '"; } #set page(width: 1pt) #import "@preview/cetz:0.4.2": * {{ {% %} }}',
    "https://example.com/#frag?x=1&y=2 'quote' \"double\" …",
]


@pytest.fixture
def account(tenon):
    return tenon.make(
        Account, name="宁波海润化工有限公司", short_name="Hairun", credit_limit=Decimal("1200000.50"),
        currency="CNY", founded_year=1998, employees=1650, phone="0574-8600 1101",
        description="第一行\nSecond line",
    )  # fmt: skip


def reader(tenon, **values):
    """Somebody who sees accounts and nothing that needs more."""
    tenon.grant("reader", "core.account.view", "all")
    return tenon.user(role="reader", **values)


def test_the_sheet_of_a_record_speaks_both_languages(prints, account):
    english, chinese = prints(account), prints(account, locale="zh_CN")
    for told in ("Account", account.code, "宁波海润化工有限公司", "Company", "Classification", "Credit limit",
                 "CNY 1,200,000.50", "1998", "1,650", "Page 1 of 1", "Second line"):  # fmt: skip
        assert told in english.text, told
    for told in ("客户", "信用额度", "¥1,200,000.50", "1998", "第 1 页，共 1 页"):
        assert told in chinese.text, told
    assert {"Inter-Regular", "Inter-Bold", "NotoSansSC-Bold"} <= english.fonts
    assert english.fonts | chinese.fonts <= {
        "Inter-Regular", "Inter-Bold", "NotoSansSC-Regular", "NotoSansSC-Bold",
    }  # fmt: skip


def test_the_code_opens_the_record(prints, account):
    base = prints.tenon.site.config.site.base_url
    address = f"{base}/core/account/{account.id}"
    assert prints(account).codes == [address]
    assert prints(account, "customer", locale="zh_CN").codes == [address]


def test_a_code_has_its_quiet_zone_and_nothing_foreign():
    drawn = qr_code("https://crm.example/core/account/x")
    assert drawn.startswith("<svg")
    assert "href" not in drawn


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(tenon, prints, text):
    account = tenon.make(Account, name=text[:200], description=text)
    for key in ("record", "customer"):
        printed = "".join(prints(account, key).text.split())
        assert printed.count("".join(text.split())) == 2, printed


def test_what_cannot_be_seen_is_not_printed():
    assert clean("1\u202e00\u202c0\x00\x1b\ufeff \ud800") == "1000 \ufffd"
    assert clean("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd e"


def test_a_word_longer_than_its_line_is_broken(tenon, prints):
    long = "W" * 300
    account = tenon.make(Account, name="Ab", source_detail=long[:200], description=long)
    lines = max(len(line) for line in prints(account).text.splitlines())
    assert "W" * 200 in "".join(prints(account).text.split())
    assert lines < 100


def test_the_same_data_give_the_same_file(tenon, prints, account):
    first = prints.printed(account, "customer")
    tenon.clock.advance(days=3)
    assert prints.printed(account, "customer") == first
    tenon.restart()
    assert prints.printed(account, "customer") == first
    assert b"/CreationDate" not in first.content


def test_sheets_have_the_size_that_is_asked_for(prints, account):
    assert prints(account).size == (595, 842)
    assert prints(account, size=PaperSize.LETTER).size == (612, 792)


def test_long_tables_go_over_pages_with_their_heads(tenon, prints, account):
    for number in range(120):
        tenon.make(Address, account=account, lines=f"Street {number}", is_primary=False)
    texts = prints(account).texts
    assert len(texts) == 4
    assert all("Street and number" in text for text in texts)
    assert [f"Page {at} of 4" in text for at, text in enumerate(texts, 1)] == [True] * 4
    assert sum(text.count("\nOffice") + text.count("Street ") for text in texts) >= 120
    assert all(f"Account {account.code}" in text for text in texts[1:])


def test_masked_fields_are_on_no_paper(tenon, prints, account):
    tenon.make(InvoiceProfile, account=account, title="Hairun", bank_account="6222 0001")
    ann = reader(tenon)
    for key in ("record", "customer"):
        assert "1,200,000.50" in prints(account, key).text
        hers = prints(account, key, ann).text
        assert "宁波海润" in hers
        for masked in ("1,200,000.50", "Credit limit", "6222"):
            assert masked not in hers, (key, masked)


def test_parts_that_one_may_not_see_are_left_out(tenon, prints, account):
    contact = tenon.make(Contact, name="陈国栋", mobile="138 0000 1101")
    tenon.make(ContactAccount, contact=contact, account=account, position="Buyer", active=True)
    nobody, ann = tenon.user(role=None), reader(tenon)
    tenon.grant("reader", "core.contact.view", "all")
    assert "陈国栋" in prints(account, "customer", ann).text
    with pytest.raises(NotFound):
        prints(account, "customer", nobody)


def test_a_paper_asks_for_its_own_permission(tenon, prints, account, monkeypatch):
    known = tenon.site.registry.papers._items
    owned = known["core.account:customer"]
    closed = evolve(owned, item=evolve(owned.item, permission="core.account.export"))
    monkeypatch.setitem(known, "core.account:customer", closed)
    ann = reader(tenon)
    assert "宁波海润" in prints(account, "record", ann).text
    with pytest.raises(Forbidden, match=r"core\.account\.export"):
        prints(account, "customer", ann)


def test_what_there_is_not(tenon, prints, account):
    with pytest.raises(NotFound, match="no paper “certificate”"):
        prints(account, "certificate")
    with pytest.raises(Invalid, match="en, zh_CN"):
        prints(account, locale="de")


def test_an_activity_report_names_who_took_part(tenon, prints, account):
    ann = tenon.user(name="Ann Keller")
    contact = tenon.make(Contact, name="陈国栋")
    activity = tenon.make(
        Activity, subject="Acceptance of line C", kind="visit", status="done", account=account,
        actual_start=datetime(2026, 3, 2, 1, 30, tzinfo=UTC), outcome="All points closed.",
        next_step="Send the protocol", next_step_on=date(2026, 3, 9),
    )  # fmt: skip
    tenon.make(ActivityParticipant, activity=activity, user_id=ann.id, contact_id=None)
    tenon.make(ActivityParticipant, activity=activity, contact=contact, user_id=None)
    text = prints(activity, "report").text
    for told in ("Activity report", "Acceptance of line C", "Visit", "Ann Keller", "陈国栋",
                 "All points closed.", "Mar 9, 2026", "Signature of the customer"):  # fmt: skip
        assert told in text, told
    assert "Draft" not in text
    chinese = prints(activity, "report", locale="zh_CN").text
    for told in ("活动报告", "拜访", "客户方", "2026 年 3 月 9 日", "客户签字"):
        assert told.replace(" ", "") in "".join(chinese.split()), told


def test_a_draft_says_so(tenon, prints):
    planned = tenon.make(Activity, subject="Visit", status="planned")
    assert "Draft" in prints(planned, "report").text
    assert "草稿" in prints(planned, "report", locale="zh_CN").text
    assert "Draft" not in prints(planned).text


def test_the_language_is_that_of_the_reader_of_the_paper(tenon, prints, account):
    foreign = tenon.make(Contact, name="Ann", language="de")
    chinese = tenon.make(Contact, name="Bo", language="zh-CN")
    assert prints.printed(foreign, locale=None).locale == "en"
    assert prints.printed(chinese, locale=None).locale == "zh_CN"
    ann = reader(tenon, locale="zh_CN")
    assert prints.printed(account, person=ann, locale=None).locale == "zh_CN"


def test_the_sheet_of_a_record_of_every_kind_is_printed(tenon, prints):
    product = tenon.make(Product, every=True)
    composed = prints.composed(product)
    assert composed.file_name.startswith("Product ")
    assert composed.data["sections"]


def test_a_paper_takes_few_statements(tenon, prints, account):
    for number in range(20):
        tenon.make(Address, account=account, lines=f"Street {number}", is_primary=False)
    prints(account, "customer")
    with tenon.assert_statements(at_most=12):
        prints.composed(account, "customer")


# ------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (Decimal("1234567.50"), "1,234,567.50", "1,234,567.50"),
        (Decimal(-3), "-3", "-3"),
        (Decimal("0.125"), "0.125", "0.125"),
        (Decimal("1E+3"), "1,000", "1,000"),
        (Money(Decimal("-1200.00"), "CNY"), "CNY -1,200.00", "-¥1,200.00"),
        (Money(Decimal(1200), "JPY"), "JPY 1,200", "JPY 1,200"),
        (date(2026, 11, 23), "Nov 23, 2026", "2026年11月23日"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "Nov 24, 2026 07:30", "2026年11月24日 07:30"),
    ],
)
def test_values_are_written_in_the_language(value, english, chinese):
    zone = ZoneInfo("Asia/Shanghai")
    assert Writer("en", zone).plain(value) == english
    assert Writer("zh_CN", zone).plain(value) == chinese


def test_only_plain_data_is_taken(account):
    with pytest.raises(TypeError, match="plain data, not Account"):
        Writer("en", ZoneInfo("UTC")).plain({"rows": [account]})


# ---------------------------------------------------------------------------------- templates


def test_messages_of_a_template():
    source = '#t("Page {page}", page: 1) #set("no") #note(t( "A \\"b\\" \\\\ c"))'
    assert list(template_messages(source)) == ["Page {page}", 'A "b" \\ c']


@pytest.mark.parametrize("line", ['#import "@preview/x:1.0.0": *', "#eval (x)", '"@local/a"'])
def test_what_a_template_must_not_do(line):
    assert list(template_faults(f"ok\n{line}")) != []
    assert list(template_faults(f"ok\n// {line}\n#evaluate(x) mail@example.com")) == []
