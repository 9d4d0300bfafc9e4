"""A run in a process of its own that holds its lake until its standard input ends."""

import sys
from pathlib import Path

from firmograph.contract.registry import load_contracts
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.report import Folders, Limits
from firmograph.pipeline.run import run
from firmograph.storage.local import LocalStorage


class Holding(ProgressListener):
    """Says that it holds the lake, and waits."""

    def started(self, file_count: int) -> None:
        """The uploads were counted, so the lake is held."""
        sys.stdout.write(f"held with {file_count} files\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    root = Path(sys.argv[1])
    work = root / "workingArea"
    folders = Folders(
        root=root,
        uploads=LocalStorage(work / "uploads"),
        processed=LocalStorage(work / "processedFiles"),
        quarantined=LocalStorage(work / "quarantinedFiles"),
        lake=LocalStorage(root / "datasets"),
        marts=root / "marts",
    )
    run(folders, Limits(1 << 28, "1GB"), load_contracts(), Holding())
