"""The machine used for the measurements, described without its name."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("duckdb", "polars", "dlt", "pyspark", "pyarrow", "deltalake")


def describe() -> dict[str, str]:
    """Processors, memory, and the versions that matter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    described = {
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": _processor(),
        "memory": f"{memory:.0f} GiB",
        "system": platform.system(),
        "python": platform.python_version(),
    }
    return described | {name: version(name) for name in LIBRARIES}


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
