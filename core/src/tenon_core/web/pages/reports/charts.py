"""A report as a chart: options of ECharts, coloured by the page's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenon_core.web.pages.reports.result import Figure, Result

# Names instead of functions, which JSON cannot carry; the element knows them.
COMPACT = "@compact"
GRID = {"left": 8, "right": 12, "top": 40, "bottom": 8, "containLabel": True}


def chart_options(result: Result) -> Mapping[str, Any]:
    """What `<tenon-chart>` draws; each point carries the address of its records as `url`."""
    kind = result.spec.chart
    if kind in {"pie", "funnel"}:
        return _round(result, kind)
    if kind == "heatmap":
        return _heat(result)
    return _bars(result, "line" if kind == "line" else "bar")


def _bars(result: Result, kind: str) -> Mapping[str, Any]:
    long = kind == "bar" and len(result.rows) > 8 and len(result.columns) == 1
    labels = [key.label for key, _figures in result.rows]
    category = {"type": "category", "data": labels[::-1] if long else labels}
    value = {"type": "value", "axisLabel": {"formatter": COMPACT}}
    series = []
    for at, name in enumerate(result.columns):
        points = [_point(figures[at]) for _key, figures in result.rows]
        one: dict[str, Any] = {"type": kind, "name": name, "data": points[::-1] if long else points}
        if len(result.spec.groups) == 2 and kind == "bar":
            one["stack"] = "all"
        series.append(one)
    return {
        "grid": GRID,
        "xAxis": value if long else category,
        "yAxis": category if long else value,
        "legend": {"show": len(result.columns) > 1, "type": "scroll", "top": 0},
        "tooltip": {"trigger": "axis"},
        "series": series,
    }


def _round(result: Result, kind: str) -> Mapping[str, Any]:
    points = [{**_point(figures[0]), "name": key.label} for key, figures in result.rows]
    one: dict[str, Any] = {"type": kind, "data": points}
    if kind == "pie":
        one["radius"] = ["45%", "72%"]
    else:
        one |= {"sort": "none", "left": "10%", "width": "80%"}
    return {"tooltip": {"trigger": "item"}, "legend": {"type": "scroll", "top": 0}, "series": [one]}


def _heat(result: Result) -> Mapping[str, Any]:
    columns = list(result.columns)
    cells = [
        {**_point(figure), "value": [at, row, _number(figure)]}
        for row, (_key, figures) in enumerate(result.rows)
        for at, figure in enumerate(figures)
    ]
    most = max((cell["value"][2] for cell in cells), default=0)
    return {
        "grid": GRID | {"bottom": 48},
        "xAxis": {"type": "category", "data": columns},
        "yAxis": {"type": "category", "data": [key.label for key, _figures in result.rows]},
        "tooltip": {"trigger": "item"},
        "visualMap": {"min": 0, "max": most or 1, "orient": "horizontal", "bottom": 0},
        "series": [{"type": "heatmap", "data": cells, "label": {"show": len(cells) <= 60}}],
    }


def _point(figure: Figure) -> dict[str, Any]:
    return {"value": _number(figure), "url": figure.url}


def _number(figure: Figure) -> float:
    """Charts are drawn to the pixel: the exact figure stands in the table."""
    try:
        return float(figure.value or 0)
    except (TypeError, ValueError):
        return 0.0
