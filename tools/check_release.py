"""Checks that a commit can be released: tag, version and changelog agree, archives are complete.

    python tools/check_release.py [--root FOLDER] [--tag TAG]

Without `--tag` the commit has to have the tag. Every fault is printed; the archives are built in a
temporary folder, once nothing else is wrong.
"""

import argparse
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
HEADING = re.compile(r"^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)
UNRELEASED = "Unreleased"
PACKAGE = "src/firmograph/"
EXAMPLES = "examples/uploads/"
KINDS = {
    "the typing marker": re.compile(r"firmograph/py\.typed"),
    "contracts": re.compile(r"firmograph/contract/.+\.yaml"),
    "marts": re.compile(r"firmograph/.+\.sql"),
    "examples": re.compile(r"firmograph/examples/.+"),
}
"""Files without which a wheel installs, but fails at run time."""


def main(root: Path, tag: str | None) -> int:
    """Prints what prevents a release; returns the number of faults."""
    version = read_version(root)
    found = [*declared_faults(root, version, tag)]
    found = found or [*archive_faults(root, version)]
    for fault in found:
        print(f"error: {fault}")
    if not found:
        print(f"{version} can be released")
    return len(found)


def read_version(root: Path) -> str:
    """The version that the package declares."""
    found = VERSION.search((root / PACKAGE / "__init__.py").read_text("utf-8"))
    return found[1] if found else "unknown"


def declared_faults(root: Path, version: str, tag: str | None) -> Iterator[str]:
    """What in the work tree, the tag and the changelog prevents the release of a version."""
    if changed := git(root, "status", "--porcelain"):
        yield f"the work tree differs from the commit:\n{changed}\nhint: commit or remove it"
    tags = [tag] if tag else git(root, "tag", "--points-at", "HEAD").split()
    if not tags:
        yield f"the commit has no tag\nhint: git tag v{version}, or give one with TAG=v{version}"
    elif f"v{version}" not in tags:
        yield f"the tag is {', '.join(tags)}, the version in {PACKAGE}__init__.py is {version}"
    headings = list(HEADING.finditer((root / "CHANGELOG.md").read_text("utf-8")))
    released = [heading for heading in headings if heading[1] != UNRELEASED]
    newest = released[0] if released else None
    if not newest or newest[1] != version:
        said = f"the newest release in CHANGELOG.md is {newest[1] if newest else 'none'}"
        yield f"{said}, the version is {version}\nhint: ## [{version}] - YYYY-MM-DD"
    elif not newest[2]:
        yield f"CHANGELOG.md gives {version} no date\nhint: ## [{version}] - YYYY-MM-DD"
    if headings and headings[0][1] == UNRELEASED and has_entries(headings):
        yield f"CHANGELOG.md has entries under [{UNRELEASED}]\nhint: move them under [{version}]"


def has_entries(headings: list[re.Match[str]]) -> bool:
    """Whether there is anything below the first heading of a changelog."""
    text = headings[0].string
    end = headings[1].start() if headings[1:] else len(text)
    return bool(text[headings[0].end() : end].strip())


def archive_faults(root: Path, version: str) -> Iterator[str]:
    """The files tracked by git that the wheel or the source archive lacks."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, str(root)]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        if built.returncode:
            yield f"the build failed:\n{built.stdout}{built.stderr}"
            return
        base = f"firmograph-{version}"
        with zipfile.ZipFile(Path(folder) / f"{base}-py3-none-any.whl") as wheel:
            packed = set(wheel.namelist())
        with tarfile.open(Path(folder) / f"{base}.tar.gz") as source:
            sources = {name.removeprefix(f"{base}/") for name in source.getnames()}
    known = git(root, "ls-files", "-z").split("\0")[:-1]
    for name in known:
        if name not in sources:
            yield f"the source archive lacks {name}"
        if (installed := as_installed(name)) and installed not in packed:
            yield f"the wheel lacks {installed}"
    for kind, names in KINDS.items():
        if not any(names.fullmatch(name) for name in packed):
            yield f"the wheel holds no file {names.pattern}: {kind}"


def as_installed(name: str) -> str | None:
    """Where the wheel holds a file of the repository."""
    if name.startswith(PACKAGE):
        return name.removeprefix("src/")
    if name.startswith(EXAMPLES):
        return f"firmograph/examples/{name.removeprefix(EXAMPLES)}"
    return None


def git(root: Path, *arguments: str) -> str:
    """The output of a git command."""
    command = ["git", "-C", str(root), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"error: {' '.join(command)} failed: {ended.stderr.strip()}")
    return ended.stdout.strip()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--tag")
    given = parser.parse_args()
    sys.exit(1 if main(given.root, given.tag) else 0)
