"""Which part of a record's page answers a path."""

from __future__ import annotations

from collections.abc import Mapping

from tenon_core.web.api.calls import Endpoint
from tenon_core.web.api.routing import Methods, Router
from tenon_core.web.pages.record import (
    acts,
    decisions,
    details,
    files,
    page,
    panels,
    people,
    quick,
    related,
    talk,
    timeline,
)

ID = "{id}"
PATTERNS: Mapping[tuple[str, ...], Methods] = {
    (ID,): {"GET": Endpoint(page.show_record)},
    (ID, "part", "{part}"): {
        "GET": Endpoint(details.show_section),
        "POST": Endpoint(details.save_section),
    },
    (ID, "move", "{transition}"): {"GET": Endpoint(acts.ask_move), "POST": Endpoint(acts.move)},
    (ID, "do", "{key}"): {"GET": Endpoint(acts.ask_action), "POST": Endpoint(acts.run_action)},
    (ID, "delete"): {"POST": Endpoint(acts.delete)},
    (ID, "restore"): {"POST": Endpoint(acts.put_back)},
    (ID, "panel", "{key}"): {"GET": Endpoint(panels.show_panel)},
    (ID, "related", "{key}"): {"GET": Endpoint(related.show_related)},
    (ID, "timeline"): {"GET": Endpoint(timeline.show_timeline)},
    (ID, "history"): {"GET": Endpoint(timeline.show_history)},
    (ID, "log"): {"GET": Endpoint(quick.show_log), "POST": Endpoint(quick.post_log)},
    (ID, "files"): {"GET": Endpoint(files.show_files), "POST": Endpoint(files.upload, "file")},
    (ID, "files", "{document}"): {"POST": Endpoint(files.change_file)},
    (ID, "files", "{document}", "preview"): {"GET": Endpoint(files.show_preview)},
    (ID, "comments"): {
        "GET": Endpoint(talk.show_comments),
        "POST": Endpoint(talk.add_comment),
    },
    (ID, "comments", "{comment}"): {"POST": Endpoint(talk.change_comment)},
    (ID, "tags"): {"GET": Endpoint(people.show_tags), "POST": Endpoint(people.change_tags)},
    (ID, "team"): {"GET": Endpoint(people.show_team), "POST": Endpoint(people.change_team)},
    (ID, "viewers"): {"GET": Endpoint(people.show_viewers)},
    (ID, "approvals"): {"GET": Endpoint(decisions.show_approvals)},
    (ID, "approvals", "{request}", "{act}"): {"POST": Endpoint(decisions.act)},
}


def add_records(router: Router) -> None:
    router.add("GET", "core/document/{id}/content", Endpoint(files.show_content))
