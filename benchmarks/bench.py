"""Measures firmograph alongside the same job by hand and a bare loop; writes RESULTS.md.

    python benchmarks/bench.py                     the small scenarios, in minutes
    python benchmarks/bench.py --large             the large ones
    python benchmarks/bench.py --only lines small  only these
    python benchmarks/bench.py --render            RESULTS.md and the charts, from kept figures

Figures are kept in results/, one file per scenario; measuring a scenario again replaces its file.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from charts import draw
from participants import PEERS, Firmograph
from report import write_report
from results import load, save
from rounds import Bench
from scenarios import SCENARIOS

HERE = Path(__file__).parent


def main() -> None:
    """Reads the command line, measures, and writes the results."""
    given = command_line()
    if not given.render:
        for name in chosen(given):
            measure(name, given)
    results = load(given.results)
    draw(results, given.results)
    write_report(results, given.results)


def command_line() -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--only", nargs="+", choices=SCENARIOS, metavar="NAME", help=", ".join(SCENARIOS))
    add("--large", action="store_true", help="the large scenarios")
    add("--render", action="store_true", help="measure nothing")
    add("--rounds", type=int, default=3, help="how often everything runs")
    add("--slow-rounds", type=int, default=1, help="how often dlt and PySpark do")
    add("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="who may take part")
    add("--scale", type=float, default=1, help="of the sizes; others than 1 meet no bar")
    add("--program", type=Path, default=HERE.parent / ".venv/bin/firmograph")
    add("--results", type=Path, default=HERE / "results")
    add("--temp", type=Path, help="a folder for uploads and lakes")
    return parser.parse_args()


def chosen(given: argparse.Namespace) -> list[str]:
    """The names of the scenarios to measure."""
    return given.only or [n for n, s in SCENARIOS.items() if s.is_large == given.large]


def measure(name: str, given: argparse.Namespace) -> None:
    """Measures a scenario and keeps its figures."""
    scenario = SCENARIOS[name]
    count = max(1, round(scenario.count * given.scale))
    peers = [PEERS[peer] for peer in scenario.peers if peer in given.peers]
    with tempfile.TemporaryDirectory(prefix="firmograph-bench-", dir=given.temp) as work:
        ours = Firmograph(given.program)
        bench = Bench(Path(work), ours, peers, count, given.rounds, given.slow_rounds)
        tell(name, bench)
        result = scenario.measure(bench)
    title = scenario.title.format(count)
    is_full = count == scenario.count
    notes = [f"medians of {given.rounds} rounds", *bench.notes(), *result.notes]
    save(
        replace(result, title=title, count=count, is_full=is_full, notes=notes),
        given.results / f"{name}.json",
    )


def tell(name: str, bench: Bench) -> None:
    """Announces a scenario, and warns about participants that are left out."""
    print(f"{name}: {bench.count:,}", flush=True)
    for note in bench.notes():
        print(f"  {note}", flush=True)


if __name__ == "__main__":
    main()
