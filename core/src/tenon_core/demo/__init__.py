"""The core's part of the demo company, a maker of injection moulding machines in Guangdong.

All of it is invented, but of the kind that the trade knows: machine sizes and prices, towns where
plastics are moulded, who decides at a moulder and what a salesperson writes down. The same seed
and day give the same data; the data end on the morning of that day.
"""

from __future__ import annotations

from tenon_sdk.declarations import DemoContext, DemoSet


def load(demo: DemoContext) -> None:
    from tenon_core.demo.loading import load as load_all

    load_all(demo)


DEMO_SETS = (DemoSet(key="core", load=load),)
