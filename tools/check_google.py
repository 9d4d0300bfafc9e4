"""Checks Terraform for Google Cloud without Google's provider, which need not be there.

Arguments, required ones, nesting and literal types are compared with tools/google_provider.json;
references, module inputs and outputs with what the modules declare. Prints a fault a line.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from hcl.arguments import argument_faults
from hcl.modules import read_modules
from hcl.references import reference_faults

ROOT = Path(__file__).parents[1]
DESCRIBED = ROOT / "tools" / "google_provider.json"


def faults(folder: Path) -> Iterator[str]:
    """What is wrong in the modules below a folder, each with its place."""
    kinds = json.loads(DESCRIBED.read_text("utf-8"))["kinds"]
    modules = {module.path.resolve(): module for module in read_modules(folder)}
    for module in modules.values():
        place = module.path.relative_to(folder)
        for block in module.blocks:
            yield from (f"{place}: {fault}" for fault in argument_faults(block, kinds))
        yield from (f"{place}: {fault}" for fault in reference_faults(module, modules, kinds))


def main(folder: Path) -> int:
    """Prints the faults; returns how many."""
    found = list(faults(folder))
    print(*found, f"{folder.name}: {len(found)} faults", sep="\n")
    return len(found)


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "deploy" / "google"), 1))
