"""The installed program: a wheel of this repository, run as users run it."""

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Once
from documents import organization, response

from firmograph.cli import main

REPOSITORY = Path(__file__).parents[2]
EVIL = "\x1b[31mred\x07\x9b"
"""A text that would speak to a terminal."""


@dataclass(frozen=True)
class Outcome:
    """The result of running the program: exit code and both streams."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as exactly one JSON value."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Program:
    """The installed program, working in a root folder.

    Attributes:
        site: where the wheel is installed.
        root: the root folder.
        elsewhere: the current folder it is run from.
        in_process: whether commands run in this process, from the source: that starts quicker.
    """

    site: Path
    root: Path
    elsewhere: Path
    in_process: bool = True

    def __call__(self, *args: str, **environment: str) -> Outcome:
        """Runs a command on the root folder."""
        if self.in_process:
            return self._call(*args, **environment)
        return self.python("-m", "firmograph", "--root", str(self.root), *args, **environment)

    def _call(self, *args: str, **environment: str) -> Outcome:
        """Runs a command in this process, with streams and a current folder of its own."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            for name in [name for name in os.environ if name.startswith("FIRMOGRAPH_")]:
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["firmograph", "--root", str(self.root), *args])
            patch.chdir(self.elsewhere)
            try:
                main()
                code = 0
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Outcome(code, *(part.buffer.getvalue().decode() for part in (out, err)))

    def each(self, *commands: list[str], **environment: str) -> list[Outcome]:
        """Runs several commands one after another."""
        return [self(*command, **environment) for command in commands]

    def python(self, *args: str, **environment: str) -> Outcome:
        """Runs an interpreter that can import the installed package."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FIRMOGRAPH_", "PYTHON"))}
        ran = subprocess.run(
            [sys.executable, *args],
            cwd=self.elsewhere,
            env={**kept, "PYTHONPATH": str(self.site), **environment},
            capture_output=True,
            timeout=120,
            check=False,
        )
        return Outcome(ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    @property
    def uploads(self) -> Path:
        """The upload folder."""
        return self.root / "workingArea" / "uploads"

    def drop(self, name: str, document: Any) -> None:
        """Writes an upload of an hour ago: bytes unchanged, anything else as JSON."""
        self.uploads.mkdir(parents=True, exist_ok=True)
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        path = self.uploads / name
        path.write_bytes(content)
        an_hour_ago = path.stat().st_mtime - 3600
        os.utime(path, (an_hour_ago, an_hour_ago))


@pytest.fixture(scope="session")
def wheel(once: Once) -> Path:
    """The wheel of this repository."""

    def build(folder: Path) -> None:
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
        subprocess.run([*command, REPOSITORY], check=True, capture_output=True)

    (found,) = once("wheel", build).glob("*.whl")
    return found


@pytest.fixture(scope="session")
def site(wheel: Path, once: Once) -> Path:
    """The folder the wheel is installed in."""

    def install(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        subprocess.run([*command, "--target", folder, wheel], check=True, capture_output=True)

    return once("site", install)


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A current folder that is not a root folder."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture
def program(site: Path, elsewhere: Path, tmp_path: Path) -> Program:
    """The program on a fresh root folder."""
    return Program(site, tmp_path, elsewhere)


@pytest.fixture(scope="session")
def looked_at(
    site: Path, elsewhere: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Program, Outcome]:
    """A program with a lake that tests only read, and the run that created it."""
    program = Program(site, tmp_path_factory.mktemp("lake"), elsewhere)
    program.drop("alpine_data_blocks_20260301.json", response(organization()))
    evil = organization("100000002", f"Evil {EVIL}", defaultCurrency='a,"b"\nc')
    program.drop(f"evil{EVIL}_data_blocks_20260301.json", response(evil))
    bad = organization(EVIL)
    bad["primaryName"] = [EVIL]
    program.drop(f"bad{EVIL}_data_blocks_20260301.json", response(bad))
    program.drop("scrap_data_blocks_20260301.json", b'{"duns": \xff\x1b[31m\n')
    program.drop("twins_data_blocks_20260301.jsonl", b'{"n":0}\n\n{"n":4}\n')
    program.drop(f"broken{EVIL}_data_blocks_20260301.zip", b"no zip")
    program.drop(f"unknown{EVIL}.txt", b"")
    return program, program("run")


@pytest.fixture
def lake(looked_at: tuple[Program, Outcome]) -> Program:
    """A program with a lake that is only read."""
    return looked_at[0]


@pytest.fixture
def first_run(looked_at: tuple[Program, Outcome]) -> Outcome:
    """The run that created that lake."""
    return looked_at[1]
