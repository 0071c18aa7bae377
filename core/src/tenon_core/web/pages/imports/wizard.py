"""The pages of the wizard up to the check: upload a file, map its columns, choose the options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from attrs import evolve, frozen

from tenon_core.transfer.mapping import parse_mapping
from tenon_core.transfer.opening import open_importer
from tenon_core.transfer.reading import find_header, open_table
from tenon_core.transfer.runs import PERMISSION, ImportRequest, save_mapping, saved_mapping
from tenon_core.transfer.tables import FileFault
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.calls import Upload, redirect
from tenon_core.web.pages.gateway import toast
from tenon_core.web.pages.imports import keeping
from tenon_core.web.pages.imports.columns import FileSeen, look, mapping_from
from tenon_core.web.pages.imports.results import show_run
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import Text, _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16", "windows-1252")
MODES = {"row_by_row": _("Row by row: good rows are stored, refused ones come back as a file"),
         "all_or_nothing": _("All or nothing: one refused row, and nothing is stored")}  # fmt: skip
MISSING = {"error": _("Refuse the row"), "empty": _("Leave the field empty"),
           "create": _("Make the missing record")}  # fmt: skip
DUPLICATES = {
    "ignore": _("Do not look"),
    "warn": _("Import and tell about them"),
    "refuse": _("Refuse the row"),
    "merge": _("Fill the record that is there"),
}
EMPTY = {"keep": _("Keep what is there"), "clear": _("Clear the field")}


@frozen(kw_only=True)
class Given:
    """What is chosen on the mapping page; `name` is of the saved mapping that it began with."""

    mapping: Mapping[str, Any]
    mode: str
    duplicates: str
    name: str = ""


def show_upload(call: PageCall, _params: Params) -> Answer:
    """Choosing a kind of record and a file; below, the person's earlier imports."""
    return _upload_page(call, dict(call.query).get("entity", ""))


def _upload_page(
    call: PageCall, name: str, errors: Mapping[str, Sequence[str]] | None = None
) -> Answer:
    with call.reading() as ctx:
        ctx.require(PERMISSION)
        kinds = keeping.importable(ctx)
        chosen = next((info for info in kinds if info.name == name), None)
        if chosen is None and name:
            chosen = keeping.entity_of(ctx, name).__tenon__
            kinds.append(chosen)
        runs = keeping.earlier(ctx, chosen.name if chosen is not None else None)
    return call.pages.renderer.page(
        call,
        "core/imports/upload.html",
        status=422 if errors else 200,
        kinds=sorted(kinds, key=lambda info: translate(info.plural)),
        chosen=chosen,
        runs=runs,
        labels={info.name: translate(info.label) for info in _infos(call)},
        draft=keeping.is_draft,
        encodings=ENCODINGS,
        encoding=call.form.get("encoding") if call.method == "POST" else "",
        limit=call.site.config.files.max_size,
        errors=errors or {},
    )


def _infos(call: PageCall) -> list[Any]:
    return [cls.__tenon__ for cls in call.site.registry.entities]


def upload(call: PageCall, _params: Params) -> Answer:
    """Takes a file if it is a table; what is wrong with it is said on the page."""
    name, given = call.form.get("entity"), call.form.file("file")
    encoding = call.form.get("encoding")
    mapping = {"encoding": encoding} if encoding in ENCODINGS else {}
    try:
        with call.writing() as ctx:
            ctx.require(PERMISSION)
            entity = keeping.entity_of(ctx, name)
            checked = _checked(call, given, mapping)
            run_id = keeping.keep_file(ctx, entity, checked.name, checked.content, mapping)
    except FileFault as error:
        return _upload_page(call, name, {"file": [translate(error.message)]})
    except Invalid as error:
        errors = {key: [translate(text) for text in texts] for key, texts in error.fields.items()}
        known = name if "entity" not in errors else ""
        return _upload_page(call, known, errors)
    return redirect(f"/import/{run_id}")


def _checked(call: PageCall, given: Upload | None, mapping: Mapping[str, Any]) -> Upload:
    if given is None:
        raise Invalid({"file": _("Choose a file.")})
    limit = call.site.config.files.max_size
    if len(given.content) > limit:
        size = f"{limit / 1_000_000:g} MB"
        raise Invalid({"file": _("The file is larger than {limit}.", limit=size)})
    options = parse_mapping(dict(mapping)).reading
    with TemporaryDirectory(prefix="tenon-import-") as folder:
        path = Path(folder) / "source"
        path.write_bytes(given.content)
        find_header(open_table(path, options), lambda _header: True, None)
    return given


def show_import(call: PageCall, params: Params) -> Answer:
    """Whatever comes next for a run: mapping it, waiting for it, its result."""
    asked = dict(call.query)
    with call.reading() as ctx:
        row = keeping.own_run(ctx, run_id_of(params))
        if not keeping.is_draft(row) and "map" not in asked:
            return show_run(call, ctx, row)
        mapping = dict(row.options.get("mapping") or {})
        name = asked.get("mapping", "")
        if name:
            mapping = saved_mapping(ctx, row.entity, name)[1]
        duplicates = row.options.get("duplicates", "ignore")
        given = Given(mapping=mapping, mode=row.mode, duplicates=duplicates, name=name)
        return _map_page(call, ctx, row, given)


def _map_page(
    call: PageCall,
    ctx: Any,
    row: Any,
    given: Given,
    errors: Mapping[str, Sequence[str]] | None = None,
) -> Answer:
    mapping = given.mapping
    entity = keeping.entity_of(ctx, row.entity)
    with keeping.source(ctx, row) as path:
        seen = look(ctx, path, entity, mapping)
    errors = dict(errors or {})
    for column in seen.columns:
        column.errors = list(errors.pop(column.header, ()))
    return call.pages.renderer.page(
        call,
        "core/imports/map.html",
        status=422 if errors or any(column.errors for column in seen.columns) else 200,
        run=row,
        info=entity.__tenon__,
        seen=seen,
        errors=errors,
        mappings=keeping.mapping_names(ctx, row.entity),
        mapping_name=given.name,
        keys=list(mapping.get("key") or ()),
        on_missing=mapping.get("on_missing", "error"),
        empty=mapping.get("empty", "keep"),
        date_format=mapping.get("date_format", ""),
        options=given,
        choices={"modes": MODES, "missing": MISSING, "duplicates": DUPLICATES, "empty": EMPTY},
    )


def check(call: PageCall, params: Params) -> Answer:
    """Tries the import and stores nothing; or, asked to, keeps the mapping under a name."""
    given = _options(call)
    keeps = "save" in call.form
    run_id: UUID | None = None
    try:
        with call.writing() as ctx:
            row = keeping.own_run(ctx, run_id_of(params))
            entity = keeping.entity_of(ctx, row.entity)
            with keeping.source(ctx, row) as path:
                base = _base(ctx, call, row)
                given = evolve(given, mapping=base)
                seen = look(ctx, path, entity, base)
                mapping = mapping_from(seen, _chosen(call, seen), base, **_rules(call))
                given = evolve(given, mapping=mapping)
                if keeps:
                    given = evolve(given, name=_name(call))
                    save_mapping(ctx, row.entity, given.name, mapping)
                else:
                    run_id = _start(ctx, row, path, given)
    except Invalid as error:
        return _again(call, params, given, error.fields)
    except FileFault as error:
        return _again(call, params, given, {"": [error.message]})
    return redirect(f"/import/{run_id}") if run_id is not None else _kept(call, params, given)


def _start(ctx: Any, row: Any, path: Path, given: Given) -> UUID:
    request = ImportRequest(
        entity=row.entity,
        mapping=given.mapping,
        mode=cast("Any", given.mode),
        duplicates=cast("Any", given.duplicates),
        dry_run=True,
    )
    if not given.mapping.get("columns"):
        raise Invalid({"": _("No column is mapped yet.")})
    open_importer(ctx, path, keeping.entity_of(ctx, row.entity), request.plan)
    return keeping.start(ctx, row, path, request)


def _base(ctx: Any, call: PageCall, row: Any) -> dict[str, Any]:
    name = call.form.get("mapping")
    if not name:
        return dict(row.options.get("mapping") or {})
    try:
        return saved_mapping(ctx, row.entity, name)[1]
    except NotFound:
        return dict(row.options.get("mapping") or {})


def _chosen(call: PageCall, seen: FileSeen) -> dict[int, str]:
    return {c.position: call.form.get(f"col-{c.position}") for c in seen.columns}


def _rules(call: PageCall) -> dict[str, Any]:
    form = call.form
    on_missing, empty = form.get("on_missing"), form.get("empty")
    key = [name for name in form.all("key") if name]
    return {
        "key": key,
        "on_missing": on_missing if on_missing in MISSING else "error",
        "empty": empty if empty in EMPTY else "keep",
        "date_format": form.get("date_format").strip()[:40],
    }


def _options(call: PageCall) -> Given:
    mode, duplicates = call.form.get("mode"), call.form.get("duplicates")
    return Given(
        mapping={},
        mode=mode if mode in MODES else "row_by_row",
        duplicates=duplicates if duplicates in DUPLICATES else "ignore",
        name=call.form.get("mapping"),
    )


def _name(call: PageCall) -> str:
    name = call.form.get("name").strip()[:120]
    if not name:
        raise Invalid({"name": _("Give the mapping a name.")})
    return name


def _again(
    call: PageCall, params: Params, given: Given, faults: Mapping[str, Sequence[Text]]
) -> Answer:
    """The page with everything that was chosen, and what is wrong with it."""
    errors = {key: [translate(text) for text in texts] for key, texts in faults.items()}
    with call.reading() as ctx:
        return _map_page(call, ctx, keeping.own_run(ctx, run_id_of(params)), given, errors)


def _kept(call: PageCall, params: Params, given: Given) -> Answer:
    with call.reading() as ctx:
        row = keeping.own_run(ctx, run_id_of(params))
        answer = _map_page(call, ctx, row, given)
    said = toast(translate(_("The mapping “{name}” is kept.", name=given.name)))
    return evolve(answer, headers=[*answer.headers, said])


def run_id_of(params: Params) -> UUID:
    try:
        return UUID(params["run"])
    except ValueError:
        raise NotFound("core.import_run", params["run"]) from None
