"""Copies the example uploads into a root folder that has neither uploads nor a lake."""

import shutil
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples" / "uploads"


def main(root: Path) -> None:
    """Fills the upload folder of a new root folder, and says so."""
    uploads = root / "workingArea" / "uploads"
    if (root / "datasets").exists() or (uploads.exists() and any(uploads.iterdir())):
        uploads.mkdir(parents=True, exist_ok=True)
        return
    shutil.copytree(EXAMPLES, uploads, dirs_exist_ok=True)
    count = sum(1 for _ in uploads.iterdir())
    print(f"no uploads and no lake yet: copied {count} example uploads to {uploads}\n", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
