"""The bars: limits on what a run may take, and whether the measurements meet them."""

from collections.abc import Callable
from typing import NamedTuple

from first_drops import FIRST, HELP, QUARTER, STATUS, TENTH
from later_drops import AGAIN, LAST_NIGHT, SPREAD, TENTH_NIGHT
from measure import Figures
from participants import LOOP, OURS, PEERS
from results import Results


class Verdict(NamedTuple):
    """A measurement, and whether it meets the bar."""

    measured: str
    is_held: bool


Judge = Callable[[Results], Verdict | None]


class Bar(NamedTuple):
    """What is measured, its limit, and its judge, which returns None without a measurement."""

    text: str
    limit: str
    judge: Judge


class Run(NamedTuple):
    """One participant of a scenario."""

    scenario: str
    name: str = OURS

    def median(self, results: Results) -> Figures | None:
        """Its medians; None unless measured at full size."""
        result = results.get(self.scenario)
        return result.median(self.name) if result and result.is_full else None


def ratio(text: str, limit: float, figure: str, run: Run, against: Run) -> Bar:
    """A bar on one run's figure divided by another's."""

    def judge(results: Results) -> Verdict | None:
        one, other = run.median(results), against.median(results)
        if one is None or other is None:
            return None
        value = getattr(one, figure) / getattr(other, figure)
        return Verdict(f"{value:.2f}", value <= limit)

    return Bar(text, f"{limit:.2f}", judge)


def most(text: str, limit: float, figure: str, unit: str, run: Run) -> Bar:
    """A bar on the figure of a single run."""

    def judge(results: Results) -> Verdict | None:
        if (figures := run.median(results)) is None:
            return None
        value = getattr(figures, figure)
        return Verdict(f"{value:.{_digits(unit)}f} {unit}", value <= limit)

    return Bar(text, f"{limit:.{_digits(unit)}f} {unit}", judge)


def added(text: str, limit: float, run: Run, against: Run) -> Bar:
    """A bar on the memory that one run takes in excess of another."""

    def judge(results: Results) -> Verdict | None:
        one, other = run.median(results), against.median(results)
        if one is None or other is None:
            return None
        value = one.peak - other.peak
        return Verdict(f"{value:+.0f} MiB", value <= limit)

    return Bar(text, f"{limit:+.0f} MiB", judge)


def speed(text: str, least: float, share: float, run: Run, loop: Run) -> Bar:
    """A bar on megabytes per second and core, lowered if the bare loop is slow as well."""

    def judge(results: Results) -> Verdict | None:
        one, other = run.median(results), loop.median(results)
        if one is None or other is None:
            return None
        value = results[run.scenario].megabytes[run.name] / one.cpu
        of_loop = other.cpu / one.cpu
        return Verdict(f"{value:.0f}, {of_loop:.2f}", value >= least or of_loop >= share)

    return Bar(text, f"at least {least:.0f}, or {share} of the bare loop", judge)


def _digits(unit: str) -> int:
    return 2 if unit == "s" else 0


DUCKDB, DLT, SPARK = (PEERS[name].name for name in ("duckdb", "dlt", "pyspark"))
FILES, LINES, MANY = Run("files"), Run("lines_large"), Run("files_large")
PACKED = Run("lines_large_gz")
BARS = (
    ratio(
        "20,000 files: wall against the DuckDB script", 0.48, "wall", FILES, Run("files", DUCKDB)
    ),
    ratio("20,000 files: wall against dlt", 0.15, "wall", FILES, Run("files", DLT)),
    ratio("20,000 files: wall against plain PySpark", 0.05, "wall", FILES, Run("files", SPARK)),
    ratio("20,000 files: CPU against the bare loop", 2.1, "cpu", FILES, Run("files", LOOP)),
    ratio(
        "2 GB of lines: wall against the DuckDB script",
        0.85,
        "wall",
        LINES,
        LINES._replace(name=DUCKDB),
    ),
    ratio("2 GB of lines: CPU against the bare loop", 1.7, "cpu", LINES, LINES._replace(name=LOOP)),
    speed("2 GB of lines: MB/s for each core", 80, 0.55, LINES, LINES._replace(name=LOOP)),
    ratio(
        "2 GB of lines, gz: wall against the DuckDB script",
        0.8,
        "wall",
        PACKED,
        PACKED._replace(name=DUCKDB),
    ),
    most("20,000 files: peak memory", 512, "peak", "MiB", FILES),
    most("2 GB of lines: peak memory", 512, "peak", "MiB", LINES),
    most("2 GB of lines, gz: peak memory", 512, "peak", "MiB", PACKED),
    ratio(
        "2 GB of lines: peak memory against 0.5 GB",
        1.1,
        "peak",
        LINES,
        LINES._replace(name=QUARTER),
    ),
    ratio("200,000 files: wall against 20,000", 10.5, "wall", MANY, MANY._replace(name=TENTH)),
    added("200,000 files: peak memory beyond that of 20,000", 128, MANY, MANY._replace(name=TENTH)),
    ratio(
        "The same drop again: wall against the DuckDB script's first load",
        0.26,
        "wall",
        Run("redelivery", AGAIN),
        Run("redelivery", DUCKDB),
    ),
    most("1,000 companies at random into 500,000: wall", 3, "wall", "s", Run("spread", SPREAD)),
    most(
        "1,000 companies at random into 500,000: peak memory",
        700,
        "peak",
        "MiB",
        Run("spread", SPREAD),
    ),
    ratio(
        "The 1,000th nightly run: wall against the 10th",
        1.3,
        "wall",
        Run("nights_large", LAST_NIGHT),
        Run("nights_large", TENTH_NIGHT),
    ),
    most("Ten files: wall", 0.65, "wall", "s", Run("small", FIRST)),
    most("status: wall", 0.3, "wall", "s", Run("small", STATUS)),
    most("--help: wall", 0.2, "wall", "s", Run("small", HELP)),
)
