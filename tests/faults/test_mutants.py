"""Bad input of every kind: no crash, no hang, bounded memory, and every file is accounted for."""

import gzip
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import mutants
import pytest
from conftest import Project
from documents import organization, response

MUTANTS = int(os.environ.get("SOAK_MUTANTS", "2000"))
BATCH = 1000
SEED = 3
MEMORY_BYTES = 1 << 30


def run_bounded(project: Project) -> dict[str, object]:
    """Runs the real command with an upper bound on its memory and time; returns its report."""
    done = subprocess.run(
        [sys.executable, "-m", "firmograph", "run", "--json", "--root", str(project.root)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={
            **os.environ,
            "FIRMOGRAPH_LOG_LEVEL": "error",
            "FIRMOGRAPH_SETTLE_SECONDS": "0",
        },
    )
    assert done.returncode in (0, 3), done.stderr
    report: dict[str, object] = json.loads(done.stdout)
    return report


@pytest.mark.essential
def test_mutants_are_all_accounted_for(
    project: Project, figure: Callable[[str, object], None]
) -> None:
    chosen = random.Random(SEED)
    left = MUTANTS
    while left > 0:
        dropped = {}
        for _ in range(min(BATCH, left)):
            name, content = mutants.upload(chosen, left)
            project.drop(name, content)
            dropped[name] = hashlib.sha256(content).hexdigest()
            left -= 1
        report = run_bounded(project)
        files = report["files"]
        assert isinstance(files, dict)
        assert files["seen"] == len(dropped)
        assert files["unknown"] == files["deferred"] == 0
        assert_kept(project, dropped)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert peak < MEMORY_BYTES
    figure("mutants accounted for", f"{MUTANTS}, peak memory {peak >> 20} MiB")


def assert_kept(project: Project, dropped: dict[str, str]) -> None:
    """Each file's bytes are in ODS, or the file is in the quarantine; none is left or lost."""
    known = {row["h"] for row in project.sql("SELECT file_sha256 AS h FROM ods_datablocks_raw")}
    known |= {row["h"] for row in project.sql("SELECT file_sha256 AS h FROM ods_familytree_raw")}
    refused = project.sql("SELECT document_id AS h FROM tb_quarantine_files WHERE scope = 'file'")
    known |= {row["h"] for row in refused}
    assert set(dropped.values()) <= known
    assert project.names(project.folders.uploads) == []


NAMES = (
    "quo'te_data_blocks_20260301.json",
    'quo"te_data_blocks_20260301.json',
    "new\nline_data_blocks_20260301.json",
    "--root_data_blocks_20260301.json",
    "; DROP TABLE dw_company_data; --_data_blocks_20260301.json",
    "=cmd|' -C calc'!A0_data_blocks_20260301.json",
    "\x1b[31mred_data_blocks_20260301.json",
    "株式会社_data_blocks_20260301.json",
    "مرحبا_data_blocks_20260301.json",
    "a*b[c]?{d}_data_blocks_20260301.json",
    "%s%d{}_data_blocks_20260301.json",
    " _data_blocks_20260301.json",
    "tab\t_data_blocks_20260301.json",
)


def test_odd_names_are_ingested_and_shown_without_control_characters(project: Project) -> None:
    for number, name in enumerate(NAMES):
        project.drop(name, response(organization(f"80000000{number:x}"[:9], "N")))
    project.drop("bad\x1b[2J_data_blocks_20260301.json", '{"organization": {"duns": "\x07"}}')
    done = subprocess.run(
        [sys.executable, "-m", "firmograph", "run", "--root", str(project.root)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    listed = subprocess.run(
        [sys.executable, "-m", "firmograph", "quarantine", "list", "--root", str(project.root)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3
    assert b"\x1b" not in done.stdout + done.stderr + listed.stdout
    assert len(project.sql("SELECT DISTINCT file_name FROM ods_datablocks_raw")) == len(NAMES) + 1
    assert project.names(project.folders.processed) == sorted(
        [*NAMES, "bad\x1b[2J_data_blocks_20260301.json"]
    )
    assert sorted(path.name for path in project.root.iterdir()) == ["datasets", "workingArea"]


def test_special_files_are_unknown_and_never_opened(project: Project, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(organization()), "utf-8")
    (project.folders.uploads / "link_data_blocks_20260301.json").symlink_to(secret)
    os.mkfifo(project.folders.uploads / "pipe_data_blocks_20260301.json")
    (project.folders.uploads / "folder_data_blocks_20260301.json").mkdir()
    report = project.run()
    assert report.totals.files["unknown"] == 3
    assert report.totals.files_seen == 3
    assert project.sql("SELECT count(*) AS n FROM ods_datablocks_raw") == [{"n": 0}]


def test_text_of_a_hundred_megabytes_stays_in_bounds(project: Project) -> None:
    long = organization("100000001", "Long", registeredName="x" * 100_000_000)
    project.drop("long_data_blocks_20260301.json", response(long))
    project.drop("good_data_blocks_20260301.json", response(organization("100000002")))
    report = run_bounded(project)
    documents = report["documents"]
    assert isinstance(documents, dict)
    assert documents["published"] == 2


def test_bombs_are_refused_and_the_rest_is_published(project: Project) -> None:
    project.drop("bomb_data_blocks_20260301.json.gz", gzip.compress(b" " * 200_000_000, mtime=0))
    with zipfile.ZipFile(project.folders.uploads / "bomb_data_blocks_20260302.zip", "w", 8) as file:
        file.writestr("bomb.json", b"[" * 200_000_000)
    project.drop("deep_data_blocks_20260301.json", "[" * 2_000_000)
    project.drop("nest_data_blocks_20260301.json", '{"a":' * 500_000)
    project.drop("good_data_blocks_20260301.json", response(organization()))
    report = run_bounded(project)
    files = report["files"]
    assert isinstance(files, dict)
    assert (files["ingested"], files["unreadable"]) == (3, 2)
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000001"}]


@pytest.mark.parametrize("name", ["../up.json", "/abs.json", "..\\up.json", "a/../../up.json"])
def test_archive_members_never_leave_the_archive(project: Project, name: str) -> None:
    with zipfile.ZipFile(project.folders.uploads / "slip_data_blocks_20260301.zip", "w") as file:
        file.writestr(name, json.dumps(response(organization())))
    project.run()
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000001"}]
    assert not list(project.root.parent.glob("**/up.json"))
