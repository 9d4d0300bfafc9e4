"""Charts as SVG, drawn by Vega-Lite; their grey text is legible on light and dark pages."""

from pathlib import Path
from typing import Any

import vl_convert
from participants import LOOP, OURS
from results import Result, Results

LETTERING = "#808890"
COLOURS = {"ours": "#2f81f7", "others": "#8b949e", "limit": "#d29922"}
CONFIG = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": LETTERING,
        "titleColor": LETTERING,
        "domain": False,
        "ticks": False,
        "grid": False,
        "labelLimit": 260,
        "labelFontSize": 12,
        "titleFontWeight": "normal",
    },
    "text": {"color": LETTERING, "fontSize": 12},
}


def draw(results: Results, folder: Path) -> None:
    """Draws a chart for each result with something to compare."""
    for name, result in results.items():
        if charted(result):
            chart = nights(result) if result.series else bars(result)
            svg = vl_convert.vegalite_to_svg({**chart, "config": CONFIG})
            (folder / f"{name}.svg").write_text(svg + "\n", "utf-8")


def charted(result: Result) -> bool:
    """Whether there is something to compare."""
    return bool(result.series) or OURS in result.runs


def bars(result: Result) -> dict[str, Any]:
    """Wall time and peak memory of all participants, side by side."""
    values = [
        {"run": name, "kind": _kind(name), "wall": figures.wall, "peak": figures.peak}
        for name in result.runs
        if (figures := result.median(name))
    ]
    panels = [_panel("wall", "wall, s", ".1f"), _panel("peak", "peak memory, MiB", ".0f")]
    panels[1]["encoding"]["y"]["axis"] = None
    return {"data": {"values": values}, "hconcat": panels, "spacing": 40}


def nights(result: Result) -> dict[str, Any]:
    """The seconds of each nightly run."""
    values = [{"night": n, "wall": wall} for n, wall in enumerate(result.series, 1)]
    return {
        "data": {"values": values},
        "width": 640,
        "height": 180,
        "mark": {"type": "point", "filled": True, "size": 12, "color": COLOURS["ours"]},
        "encoding": {
            "x": {"field": "night", "type": "quantitative", "title": "night"},
            "y": {"field": "wall", "type": "quantitative", "title": "wall, s"},
        },
    }


def _panel(field: str, title: str, digits: str) -> dict[str, Any]:
    value = {"field": field, "type": "quantitative"}
    return {
        "width": 280,
        "height": {"step": 24},
        "encoding": {
            "y": {"field": "run", "type": "nominal", "sort": None, "title": None},
            "x": {**value, "title": title, "axis": {"labels": False}},
        },
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 2},
                "encoding": {"color": {**_colour()}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {**value, "format": digits}},
            },
        ],
    }


def _colour() -> dict[str, Any]:
    scale = {"domain": list(COLOURS), "range": list(COLOURS.values())}
    return {"field": "kind", "type": "nominal", "scale": scale, "legend": None}


def _kind(name: str) -> str:
    if name == LOOP:
        return "limit"
    return "ours" if name.startswith(OURS) else "others"
