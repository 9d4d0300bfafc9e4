"""Where a process puts unfinished files, on whichever machine it runs."""

import tempfile
from pathlib import Path


def scratch_folder(named: Path | None) -> Path:
    """A folder of this machine for unfinished files, which is created if it is missing.

    Args:
        named: the folder; None for one of the system's temporary folder, as in a task on another
            machine, about whose folders nothing is known here.
    """
    folder = named or Path(tempfile.gettempdir()) / "firmograph"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
