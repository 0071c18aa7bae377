"""What is not about one entity: health for load balancers, the schema, search."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlalchemy import text

from tenon_core.web.api.calls import Answer, Call, encode, json_answer
from tenon_core.web.openapi import document

log = logging.getLogger("tenon.web")


def health(call: Call, _params: Mapping[str, str]) -> Answer:
    """200 while requests can be answered, else 503. It tells no details: anybody may ask."""
    call.no_query()
    checks = {"database": _database(call)}
    working = all(checks.values())
    status = "ok" if working and not call.site.loaded.quarantined else "degraded"
    data = {
        "status": status if working else "error",
        "checks": {name: "ok" if good else "error" for name, good in checks.items()},
    }
    return json_answer(data, 200 if working else 503)


def _database(call: Call) -> bool:
    try:
        with call.site.read_engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except Exception:
        log.exception("the database does not answer")
        return False
    return True


def schema(call: Call, _params: Mapping[str, str]) -> Answer:
    """The OpenAPI document; the same for everybody, made at the first request."""
    call.no_query()
    api = call.api
    if api.schema is None:
        api.schema = encode(document(api.site, api.router.entities))
    return Answer(200, api.schema)
