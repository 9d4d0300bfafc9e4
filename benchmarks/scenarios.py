"""The scenarios, in the order of measurement."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from first_drops import (
    QUARTER,
    TENTH,
    family,
    files,
    first_load,
    growth,
    lines,
    lines_gz,
    small,
)
from generate import write_families
from later_drops import nights, redelivery, spread
from results import Result
from rounds import Bench

ALL = ("duckdb", "polars", "dlt", "dlt-arrow", "pyspark")


@dataclass(frozen=True)
class Scenario:
    """One of them.

    Attributes:
        count: its size in files, lines, members, companies or nights.
        title: with a placeholder for the count.
        measure: runs it.
        peers: the peers that take part.
        is_large: whether only `make bench-large` measures it.
    """

    count: int
    title: str
    measure: Callable[[Bench], Result]
    peers: tuple[str, ...] = ()
    is_large: bool = False


SCENARIOS = {
    "small": Scenario(10, "{:,} files, and the commands one waits for", small),
    "files": Scenario(20_000, "{:,} files", partial(first_load, files), ALL),
    "redelivery": Scenario(
        20_000, "{:,} files again, and again with 2 % changed", redelivery, ("duckdb",)
    ),
    "lines": Scenario(33_000, "One file of {:,} JSON lines", partial(first_load, lines), ALL),
    "lines_gz": Scenario(
        33_000, "One file of {:,} JSON lines, gz", partial(first_load, lines_gz), ALL
    ),
    "families": Scenario(
        50_000, "Families of {:,} members together", partial(first_load, write_families)
    ),
    "nights": Scenario(60, "A small drop every night, {:,} nights", nights),
    "files_large": Scenario(
        200_000, "{:,} files", partial(growth, files, 10, TENTH), ALL, is_large=True
    ),
    "lines_large": Scenario(
        130_000,
        "One file of {:,} JSON lines",
        partial(growth, lines, 4, QUARTER),
        ALL,
        is_large=True,
    ),
    "lines_large_gz": Scenario(
        130_000,
        "One file of {:,} JSON lines, gz",
        partial(first_load, lines_gz),
        ALL,
        is_large=True,
    ),
    "family_large": Scenario(
        100_000, "One family of {:,} members", partial(first_load, family), is_large=True
    ),
    "spread": Scenario(
        500_000, "One company in 500 changed, in a lake of {:,}", spread, is_large=True
    ),
    "nights_large": Scenario(1_000, "A small drop every night, {:,} nights", nights, is_large=True),
}
