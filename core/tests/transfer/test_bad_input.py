"""Whatever is wrong with a file is told in the person's language, and nothing is half written."""

import io
import zipfile

import pytest
import xlsxwriter

from tenon_core.entities import Account, ImportRun, InvoiceProfile, Product, Region, User
from tenon_core.transfer.area import RunFiles
from tenon_core.transfer.reading import open_table
from tenon_core.transfer.tables import FileFault


def said(report):
    return [(fault.row, fault.header, fault.message.translate()) for fault in report.faults]


def workbook(fill, **options):
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, options)
    fill(book, book.add_worksheet("List"))
    book.close()
    return data.getvalue()


def table_of(*rows):
    return workbook(lambda _book, sheet: [sheet.write_row(i, 0, row) for i, row in enumerate(rows)])


def macros(data):
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    return target.getvalue()


def sheet_with(data, old, new):
    """The workbook with something else in the XML of its sheet."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith("/sheet1.xml"):
                assert old in part
                part = part.replace(old, new)
            archive.writestr(name, part)
    return target.getvalue()


# Two cells in opposite corners; the reader holds what lies between them.
CORNERS = workbook(
    lambda _book, sheet: [sheet.write(0, 0, "name"), sheet.write(1048575, 16383, "A")]
)
UNNAMED = sheet_with(
    table_of(["name"], *([str(n)] for n in range(3))),
    b'<c r="A4"',
    b"<c><v>1</v></c>" * 50_000 + b'</row><row r="9000"><c x="/>"',
)

ENCRYPTED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
)

FILES = {
    "an empty file": (b"", "The file is empty."),
    "blanks only": (b" \n\n  \n", "The file is empty."),
    "no header": (b"Acme,happy\nBeta,lost\n", "Row 1 has Acme, happy: none of them names a field."),
    "a quotation mark that is not closed": (
        b'name,phone\nA,1\n"B,2\nC,3\n',
        "Row 3: a quotation mark is opened and not closed.",
    ),
    "a quotation mark inside": (b'name\nA\n"B"x\n', "Row 3: a quotation mark stands inside a cell"),
    "an encoding that is none": (
        "name\nMüller\nCafé\nÅse\n".encode("latin-1"),
        "The encoding of the file is not known.",
    ),
    "a header twice": (b"name,phone,phone\nA,1,2\n", "phone: This header stands there twice."),
    "two headers for one field": (
        b"name,Account name\nA,B\n",
        "“name” fills the same field “name”",
    ),
    "an unknown header": (b"name,foo\nA,1\n", "foo: No field has this name."),
    "a damaged workbook": (b"PK\x03\x04garbage", "The workbook is damaged"),
    "a workbook cut off": (table_of(["name"], ["A"])[:-600], "The workbook is damaged"),
    "an encrypted workbook": (ENCRYPTED, "protected by a password"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old workbook (.xls)"),
    "a workbook with macros": (macros(table_of(["name"], ["A"])), "contains macros"),
    "a workbook with cells far apart": (CORNERS, "The workbook is too large"),
    "a workbook with cells far apart, in other writing": (
        sheet_with(CORNERS, b'r="XFD1048576"', b"x='/>' r = 'xfd1048576'"),
        "The workbook is too large",
    ),
    "a workbook with many cells without a place": (UNNAMED, "The workbook is too large"),
    "an empty workbook": (workbook(lambda _book, _sheet: None), "The file is empty."),
    "a zip that is no workbook": (
        macros(b"")[:0] + b"PK\x03\x04" + bytes(40),
        "The workbook is damaged",
    ),
}


@pytest.mark.parametrize("mode", ["row_by_row", "all_or_nothing"])
@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read(imports, case, mode):
    content, message = FILES[case]
    report = imports.run(Account, content, mode=mode)
    assert report.state == "failed"
    assert message in report.message.translate()
    assert (report.read, report.created, imports.count(Account)) == (0, 0, 0)
    run = imports.one(ImportRun)
    assert (run.state, message in run.message) == ("failed", True)


def test_errors_are_in_the_language_of_the_person(imports, tenon, monkeypatch):
    texts = {"The file is empty.": "文件是空的。", "This field is required.": "此项必填。"}
    known = tenon.site.texts.messages.setdefault("zh_CN", {})
    for message, text in texts.items():
        monkeypatch.setitem(known, message, text)
    wang = tenon.user("administrator", locale="zh_CN")
    assert imports.run(Account, b"", person=wang) is not None
    assert imports.one(ImportRun).message == "文件是空的。"
    report = imports.run(Account, "name,phone\n,100 200\n", person=wang)
    with RunFiles(tenon.site, report.id).open(report.errors_key) as file:
        assert "name: 此项必填。" in file.read().decode()


ROWS = {
    "too few cells": ("name,phone\nA\nB,100 200\n", (2, "", "The row has 1 cells, the header has 2.")),
    "too many cells": ("name,phone\nA,1,2\nB,100 200\n", (2, "", "The row has 3 cells, the header has 2.")),
    "a NUL": ("name,phone\nA\0,\nB,\n", (2, "name", "The text contains a control character.")),
    "a cell of 10 MB": ("name,phone\n" + "x" * 10_000_000 + ",\nB,\n", (2, "name", "At most 200 characters; this has 10000000.")),
    "a wrong e-mail": ("name,email\nA,nobody\nB,\n", (2, "email", "Enter an e-mail address, such as name@example.com.")),
    "a wrong choice": ("name,status\nA,happy\nB,\n", (2, "status", "Choose one of: prospect, active, dormant, lost.")),
    "a wrong number": ("name,employees\nA,many\nB,\n", (2, "employees", "Enter a whole number.")),
    "too many digits": ("name,revenue\nA,1.005\nB,\n", (2, "revenue", "At most 2 digits after the point.")),
    "no number": ("name,revenue\nA,NaN\nB,\n", (2, "revenue", "Enter a number.")),
    "a number below the least": ("name,revenue\nA,-1\nB,\n", (2, "revenue", "At least 0.")),
    "a currency that is none": ("name,currency\nA,QQQ\nB,\n", (2, "currency", "There is no currency “QQQ”.")),
    "nothing where something is needed": ("name,phone\n,100 200\nB,\n", (2, "name", "This field is required.")),
    "itself as parent": ("name,parent\nA,A\nB,\n", None),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_cannot_be_taken(imports, case):
    content, fault = ROWS[case]
    report = imports.run(Account, content)
    if fault is None:
        assert [w.message.translate() for w in report.warnings]
        assert imports.one(Account, name="A").parent_id is None
        return
    assert said(report) == [fault]
    assert (report.created, report.failed) == (1, 1)
    assert imports.all(Account, "name") == [("B",)]


def test_a_wrong_tax_number(imports):
    report = imports.run(Account, "name,税号,Tax number\nA,,914403001922038217\nB,,914403001922038216\n",
                         mapping={"ignore": ["税号"]})  # fmt: skip
    assert report.created == 1, said(report)
    row, header, message = said(report)[0]
    assert (row, header) == (2, "Tax number")
    assert "check character" in message
    assert imports.all(Account, "name") == [("B",)]
    assert imports.count(InvoiceProfile) == 1


def test_a_value_that_is_there_already(imports):
    imports.tenon.make(Product, code="M-9", name="Old")
    rows = "name,code\nA,M-8\nB,M-9\nC,M-7\n"
    report = imports.run(Product, rows, mapping={"key": ["name"]})
    assert said(report) == [(3, "code", "There is a record with this value already.")]
    assert [row[0] for row in imports.all(Product, "name")] == ["A", "C", "Old"]


def test_many_faulty_rows_among_good_ones(imports):
    imports.tenon.make(Product, code="M-9", name="Old")
    rows = "name,code\n" + "".join(
        f"P{n},{'M-9' if n % 100 == 7 else f'X-{n}'}\n" for n in range(1200)
    )
    report = imports.run(Product, rows, mapping={"key": ["name"]})
    assert (report.created, report.failed) == (1188, 12)
    assert imports.count(Product) == 1189


def test_cells_without_a_value_of_their_own(imports):
    def fill(book, sheet):
        sheet.write_row(0, 0, ["name", "phone", "employees"])
        sheet.write_row(1, 0, ["A", "100 200"])
        sheet.write_formula(1, 2, "=#REF!", None, "#REF!")
        sheet.merge_range(2, 0, 3, 0, "B")
        sheet.write_row(4, 0, ["C", 13812345678.0, 12.0])

    report = imports.run(Account, workbook(fill))
    assert said(report) == [
        (2, "employees", "The formula shows the error #REF!."),
        (4, "name", "The cell is merged with A3; split it."),
    ]
    assert imports.all(Account, "name", "phone", "employees") == [
        ("B", None, None),
        ("C", "13812345678", 12),
    ]


def test_a_title_above_the_header_and_another_sheet(imports):
    def fill(book, sheet):
        other = book.add_worksheet("Accounts")
        sheet.write(0, 0, "nothing here")
        other.merge_range(0, 0, 0, 1, "Our customers")
        other.write_row(3, 1, ["name", "founded"])
        other.write_row(4, 1, ["A", 1999])

    mapping = {"sheet": "Accounts", "columns": {"founded": "founded_year"}}
    report = imports.run(Account, workbook(fill), mapping=mapping)
    assert said(report) == []
    assert imports.all(Account, "name", "founded_year") == [("A", 1999)]
    wrong = imports.run(Account, workbook(fill), mapping={"sheet": "Sheet9"})
    assert "There is no sheet “Sheet9”; there are List, Accounts." in wrong.message.translate()


def test_the_refused_rows_come_back_with_their_reasons(imports, tenon):
    rows = 'name;phone;status\n"=HYPERLINK(""x"")";;active\nA;not a phone;active\nB;;happy\n'
    report = imports.run(Account, rows)
    with RunFiles(tenon.site, report.id).open(report.errors_key) as file:
        lines = file.read().decode("utf-8-sig").splitlines()
    assert lines == [
        "name;phone;status;Reason of the refusal",
        'A;not a phone;active;"phone: Enter a phone number, such as +86 20 8551 2345."'.replace(
            '"', ""
        ),
        "B;;happy;status: Choose one of: prospect, active, dormant, lost.",
    ]
    mended = "\n".join(lines).replace("not a phone", "100 200").replace("happy", "lost")
    again = imports.run(Account, mended)
    assert (again.created, again.failed) == (2, 0)


def test_formulas_of_refused_rows_come_back_as_text(imports, tenon):
    report = imports.run(Account, "name,status\n=1+1,happy\n")
    with RunFiles(tenon.site, report.id).open(report.errors_key) as file:
        assert b"'=1+1,happy" in file.read()
    book = imports.run(Account, table_of(["name", "status"], ["@SUM(A1)", "happy"]))
    with RunFiles(tenon.site, book.id).open(book.errors_key) as file:
        data = file.read()
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("gb18030", b""),
        ("utf-16", b""),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(tmp_path, encoding, delimiter, mark):
    rows = [
        ["name", "short name"],
        ["广州智光电气股份有限公司", "智光\n电气"],
        ["A, B; C", 'say "x"'],
    ]
    text = "\r\n".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows
    )
    path = tmp_path / "a.csv"
    path.write_bytes(mark + text.encode(encoding))
    assert [cells for _number, cells in open_table(path).rows()] == rows


def test_a_named_encoding_that_is_wrong(tmp_path):
    from tenon_core.transfer.tables import ReadOptions

    path = tmp_path / "a.csv"
    path.write_bytes("name\nMüller\n".encode("latin-1"))
    assert [row for _n, row in open_table(path, ReadOptions(encoding="latin-1")).rows()][1] == [
        "Müller"
    ]
    with pytest.raises(FileFault, match="not written in ascii"):
        open_table(path, ReadOptions(encoding="ascii"))
    with pytest.raises(FileFault, match="no encoding “klingon”"):
        open_table(path, ReadOptions(encoding="klingon"))


@pytest.mark.parametrize(
    ("mapping", "place"),
    [
        ({"colums": {}}, "mapping.colums"),
        ({"columns": {"a": {"field": "name", "valves": {}}}}, "mapping.columns.a.valves"),
        (
            {"columns": {"a": {"field": "name", "patterns": {"(": "x"}}}},
            "mapping.columns.a.patterns.(",
        ),
        ({"on_missing": "guess"}, "mapping.on_missing"),
        ({"header": -1}, "mapping.header"),
    ],
)
def test_a_faulty_mapping_names_the_place(imports, mapping, place):
    from tenon_sdk.errors import Invalid

    with pytest.raises(Invalid) as error:
        imports.run(Account, "name\nA\n", mapping=mapping)
    assert list(error.value.fields) == [place]


def test_a_mapping_for_another_file(imports):
    mapping = {"columns": {"firm": "name"}}
    report = imports.run(Account, "name\nA\n", mapping=mapping)
    assert "firm: The file has no such column." in report.message.translate()
    wrong = imports.run(User, "login\nann\n", mapping={"entity": "core.account"})
    assert "made for “core.account”" in wrong.message.translate()


def test_a_file_without_headers(imports):
    report = imports.run(
        Region,
        "440106,天河区,county\n440106,天河区\n",
        mapping={
            "header": 0,
            "columns": {
                "1": "code",
                "2": [{"field": "name"}, {"field": "full_name"}],
                "3": "level",
            },
        },
    )
    assert report.created == 1, (report.message, said(report))


def test_cells_that_are_merged_to_the_end_of_the_world_take_no_room(imports):
    end = b"</sheetData>"
    ranges = b'<mergeCells count="1"><mergeCell ref="A3:XFD1048576"/></mergeCells>'
    data = sheet_with(table_of(["name"], ["A"], ["B"]), end, end + ranges)
    assert imports.run(Account, data).created == 2


def test_a_comment_that_looks_like_cells_is_read_in_time(tmp_path):
    """A search from every `<c` to the next `>` would take a quarter of an hour for these 400 KB."""
    end = b"</sheetData>"
    data = sheet_with(
        table_of(["name"], ["A"]), end, end + b"<!--" + b"<c " * 130_000 + b't="e"-->'
    )
    path = tmp_path / "list.xlsx"
    path.write_bytes(data)
    assert len(list(open_table(path).rows())) == 2
