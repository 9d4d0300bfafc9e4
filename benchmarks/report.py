"""RESULTS.md: the bars, then each scenario's medians, ratios and profile."""

from collections.abc import Iterator
from pathlib import Path

from bars import BARS
from charts import charted
from participants import OURS
from results import Result, Results
from scenarios import SCENARIOS

HEAD = """# Results

Written by `python benchmarks/bench.py` from `results/*.json`; [README.md](README.md) describes how
they are measured. Whole processes, medians; memory of all processes, shared pages counted once.
Machines differ and are shared: compare ratios within a table, not seconds. *Ratio* is firmograph's
wall time divided by that of the line: below 1, firmograph is faster.
"""


def write_report(results: Results, folder: Path) -> None:
    """Writes RESULTS.md next to the folder of results."""
    ordered = {name: results[name] for name in SCENARIOS if name in results}
    parts = [HEAD, *_bars(ordered), *_machines(ordered)]
    for name, result in ordered.items():
        parts.extend(_scenario(name, result, folder.name))
    missing = [f"`{name}`" for name in SCENARIOS if name not in results]
    if missing:
        parts.append(f"\nNot measured: {', '.join(missing)}.")
    (folder.parent / "RESULTS.md").write_text("\n".join(parts).rstrip() + "\n", "utf-8")


def _bars(results: Results) -> Iterator[str]:
    yield "## The bars\n"
    yield "| what | bar | measured | met? |"
    yield "|---|---|---|---|"
    for bar in BARS:
        verdict = bar.judge(results)
        measured, held = (
            (verdict.measured, "yes" if verdict.is_held else "**no**")
            if verdict
            else ("not measured", "")
        )
        yield f"| {bar.text} | {bar.limit} | {measured} | {held} |"


def _machines(results: Results) -> Iterator[str]:
    yield "\n## The machine\n"
    machines: dict[str, list[str]] = {}
    for name, result in results.items():
        machine = ", ".join(f"{key} {value}" for key, value in result.machine.items())
        machines.setdefault(machine, []).append(name)
    for machine, names in machines.items():
        yield f"- {machine} ({', '.join(names)})"


def _scenario(name: str, result: Result, folder: str) -> Iterator[str]:
    size = "" if result.is_full else " (NOT AT FULL SIZE)"
    yield f"\n## {result.title}{size}\n"
    yield f"`--only {name}`, {result.measured_on}; {'; '.join(result.notes)}.\n"
    if charted(result):
        yield f"![{result.title}: wall time and peak memory]({folder}/{name}.svg)\n"
    yield from _table(result)
    if result.where:
        parts = (f"{part} {share:.0%}" for part, share in result.where.items())
        yield f"\nWhere the time goes: {', '.join(parts)}."


def _table(result: Result) -> Iterator[str]:
    yield "| | wall s | CPU s | peak MiB | JSON MB | MB/s per core | rows/s | ratio |"
    yield "|---|---|---|---|---|---|---|---|"
    ours = result.median(OURS)
    for name in result.runs:
        figures = result.median(name)
        size, rows = result.megabytes.get(name), result.rows.get(name)
        cells = [
            f"{figures.wall:.2f}",
            f"{figures.cpu:.2f}",
            f"{figures.peak:.0f}",
            f"{size:,.0f}" if size else "",
            f"{size / figures.cpu:.0f}" if size else "",
            f"{rows / figures.wall:,.0f}" if rows else "",
            f"{ours.wall / figures.wall:.2f}" if ours and name != OURS else "",
        ]
        yield f"| {name} | {' | '.join(cells)} |"
