"""The participants: firmograph, the same job by hand with other tools, and the bare loop."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import Figures, measure

HERE = Path(__file__).parent
OURS = "firmograph"
LOOP = "bare loop"


@dataclass(frozen=True)
class Peer:
    """The same job by hand.

    Attributes:
        name: its name in the results.
        script: in `peers/`.
        options: command-line options of the script.
        is_slow: measured in fewer rounds.
        needs: a program that must be installed.
    """

    name: str
    script: str
    options: Sequence[str] = ()
    is_slow: bool = False
    needs: str | None = None

    @property
    def is_possible(self) -> bool:
        """Whether the program it needs is installed."""
        return self.needs is None or shutil.which(self.needs) is not None

    def measure(self, uploads: Path, target: Path) -> Figures:
        """Measures one run over uploads that it may move."""
        script = str(HERE / "peers" / self.script)
        return measure([sys.executable, script, str(uploads), str(target), *self.options])


PEERS = {
    "duckdb": Peer("DuckDB script", "duckdb_sql.py"),
    "polars": Peer("Polars script", "polars_frames.py"),
    "dlt": Peer("dlt", "dlt_pipeline.py", is_slow=True),
    "dlt-arrow": Peer("dlt, rows as Arrow", "dlt_pipeline.py", ["--arrow"], is_slow=True),
    "pyspark": Peer("plain PySpark", "pyspark_dataframes.py", is_slow=True, needs="java"),
}


def measure_loop(uploads: Path, target: Path) -> Figures:
    """Measures the bare loop, which leaves uploads in place."""
    return measure([sys.executable, str(HERE / "loop.py"), str(uploads), str(target)])


class Firmograph:
    """firmograph as installed.

    Args:
        program: the command.
    """

    def __init__(self, program: Path) -> None:
        self._program = str(program)

    def command(self, root: Path) -> list[str]:
        """The command of a run."""
        return [self._program, "run", "--root", str(root)]

    def run(self, root: Path) -> Figures:
        """One run."""
        return measure(self.command(root))

    def status(self, root: Path) -> Figures:
        """The command `status`."""
        return measure([self._program, "status", "--root", str(root)])

    def usage(self) -> Figures:
        """The command `--help`."""
        return measure([self._program, "--help"])


def give(uploads: Path, folder: Path) -> Path:
    """Replaces a folder's content with copies of uploads, and waits for the disk."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(uploads, folder)
    os.sync()
    return folder
