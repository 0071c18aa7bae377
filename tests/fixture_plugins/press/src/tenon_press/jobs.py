"""Background work of the press shop."""

from __future__ import annotations

from tenon_press.services.commissioning import count_machines
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import _

JOBS = (
    Job(
        name="press.count_machines",
        title=_("Count the presses"),
        run=count_machines,
        schedule=Cron("15 4 * * *"),
    ),
)
