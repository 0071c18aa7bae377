"""The pages of reports: all of them, one with its builder, its chart, its workbook."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import quote

import xlsxwriter

from tenon_core.entities.records import SHARING
from tenon_core.storage.auditing import audit_act
from tenon_core.transfer.errors_file import harmless
from tenon_core.transfer.exporting import MEDIA_TYPES
from tenon_core.web.api.calls import Answer, Endpoint, json_answer
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.calls import PageCall, record_id, redirect
from tenon_core.web.pages.fields import Fields
from tenon_core.web.pages.lists.filters import Filters
from tenon_core.web.pages.lists.state import read_state
from tenon_core.web.pages.rendering import list_url, query
from tenon_core.web.pages.reports.charts import chart_options
from tenon_core.web.pages.reports.keeping import (
    SavedReport,
    drop_report,
    keep_report,
    saved_reports,
)
from tenon_core.web.pages.reports.result import Result, run_report
from tenon_core.web.pages.reports.spec import (
    CHARTS,
    TOP,
    ReportSpec,
    group_choices,
    group_label,
    measure_choices,
    measure_label,
    read_spec,
    reportable,
)
from tenon_sdk.errors import Invalid
from tenon_sdk.text import translate

Params = Mapping[str, str]


def add_reports(router: Router) -> None:
    router.add("GET", "reports", Endpoint(show_reports))
    router.add("GET", "reports/view", Endpoint(show_report))
    router.add("GET", "reports/chart", Endpoint(report_chart))
    router.add("GET", "reports/workbook", Endpoint(report_workbook))
    router.add("POST", "reports", Endpoint(save_report))
    router.add("POST", "reports/{id}/delete", Endpoint(delete_report))


def show_reports(call: PageCall, _params: Params) -> Answer:
    return call.pages.renderer.page(
        call,
        "core/reports/all.html",
        reports=saved_reports(call),
        entities=reportable(call),
        names=dict(reportable(call)),
        sharing=dict(SHARING),
    )


def show_report(call: PageCall, _params: Params) -> Answer:
    """The figures with the choices that lead to them; a faulty choice says what is wrong."""
    spec = read_spec(call, call.query)
    result, faults = _run(call, spec)
    fields, saved = Fields(call, spec.entity), _saved(call)
    context: dict[str, Any] = {
        "spec": spec,
        "result": result,
        "faults": faults,
        "heading": saved.name if saved is not None else _heading(fields, spec),
        "saved": saved,
        "sharing": SHARING,
        "entities": reportable(call),
        "measures": measure_choices(fields),
        "groups": group_choices(fields),
        "charts": CHARTS,
        "tops": TOP,
        "filters": _filters(call, fields, spec),
        "list": list_url(spec.name) + query(spec.filters),
        "address": query(spec.pairs()),
    }
    return call.pages.renderer.page(
        call, "core/reports/one.html", status=422 if faults else 200, **context
    )


def report_chart(call: PageCall, _params: Params) -> Answer:
    return json_answer(chart_options(run_report(call, read_spec(call, call.query))))


def report_workbook(call: PageCall, _params: Params) -> Answer:
    """The table as XLSX, numbers as numbers; audited as an export."""
    spec = read_spec(call, call.query)
    result = run_report(call, spec)
    with call.writing() as ctx:
        ctx.require(spec.entity.__tenon__.permission("export"))
        audit_act(ctx, "exported", entity=spec.name, changes={"report": query(spec.pairs())})
    name = quote(f"{_heading(Fields(call, spec.entity), spec)}.xlsx", safe="")
    disposition = f"attachment; filename*=UTF-8''{name}".encode()
    return Answer(
        200,
        _workbook(result),
        [(b"content-disposition", disposition)],
        MEDIA_TYPES["xlsx"].encode(),
    )


def save_report(call: PageCall, _params: Params) -> Answer:
    form = call.form
    spec = read_spec(call, form.pairs)
    given = form.get("id")
    with call.writing() as ctx:
        id_ = keep_report(
            ctx,
            spec,
            form.get("name"),
            form.get("shared", "private"),
            record_id(given) if given else None,
        )
    return redirect("/reports/view" + query([*spec.pairs(), ("id", str(id_))]), call=call)


def delete_report(call: PageCall, params: Params) -> Answer:
    with call.writing() as ctx:
        drop_report(ctx, record_id(params["id"]))
    return redirect("/reports", call=call)


def _run(call: PageCall, spec: ReportSpec) -> tuple[Result | None, list[str]]:
    try:
        return run_report(call, spec), []
    except Invalid as invalid:
        texts = [text for found in invalid.fields.values() for text in found]
        return None, [translate(text) for text in texts]


def _saved(call: PageCall) -> SavedReport | None:
    """The saved report that the address names; no statement where it names none."""
    wanted = dict(call.query).get("id")
    if wanted is None:
        return None
    return next((r for r in saved_reports(call) if str(r.id) == wanted), None)


def _heading(fields: Fields, spec: ReportSpec) -> str:
    """What a report that nobody named is about."""
    measures = ", ".join(measure_label(fields, measure) for measure in spec.measures)
    groups = " × ".join(group_label(fields, group) for group in spec.groups)
    plural = translate(spec.entity.__tenon__.plural)
    return " – ".join(part for part in (plural, measures, groups) if part)


def _filters(call: PageCall, fields: Fields, spec: ReportSpec) -> list[tuple[str, str, str]]:
    """(label, value, address without it) of what the records are filtered by."""
    found = []
    for view in Filters(call, fields, read_state(spec.filters)).shown():
        if view.text:
            rest = [pair for pair in spec.pairs() if pair not in view.pairs]
            found.append((view.label, view.text, query(rest)))
    return found


def _workbook(result: Result) -> bytes:
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.write_row(0, 0, [harmless(t) for t in (result.row_label, *result.columns)], bold)
        for at, (key, figures) in enumerate(result.rows, 1):
            sheet.write_string(at, 0, harmless(key.label))
            for place, figure in enumerate(figures, 1):
                if isinstance(figure.value, str):
                    sheet.write_string(at, place, harmless(figure.value))
                elif figure.value is not None:
                    sheet.write_number(at, place, figure.value)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(result.columns), 18)
    return target.getvalue()
