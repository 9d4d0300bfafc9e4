"""The commands of the recovery drill in docs/google.md, on a copy that lacks files."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Once, Project

PAGE = (Path(__file__).parents[2] / "docs" / "google.md").read_text("utf-8")
DRILL = PAGE.split("## Disaster recovery")[1]
FIRST = {"duns": "100000001", "primaryName": "Alpine Cocoa AG"}
SECOND = {"duns": "100000002", "primaryName": "Lakeside Pralines GmbH"}
SNAPSHOTS = "control/tb_published_snapshots/_delta_log"
LACKING = {
    "a file of a table": "dw/dw_company_data/*.parquet",
    "the row of the snapshot": f"{SNAPSHOTS}/*.json",
}


@pytest.fixture(scope="module")
def lakes(once: Once) -> Path:
    """A project with two snapshots; in `before` is the lake as it was after the first."""

    def fill(folder: Path) -> None:
        project = Project(folder)
        project.drop("alpine_data_blocks_20260301.json", FIRST)
        project.run()
        shutil.copytree(project.folders.lake, folder / "before")
        project.drop("lakeside_data_blocks_20260302.json", SECOND)
        project.run()

    return once("recovered", fill)


def commands() -> list[list[str]]:
    """The program's commands in the drill, as they are written."""
    return [
        line.split()[1:]
        for block in re.findall(r"```sh\n(.*?)```", DRILL, re.DOTALL)
        for line in map(str.strip, block.splitlines())
        if line.startswith("firmograph ")
    ]


def copy_lacking(lakes: Path, folder: Path, pattern: str) -> None:
    """Makes a copy of the lake without the file of that kind that the second run wrote."""
    first, both = (
        {path.relative_to(lake) for path in lake.glob(pattern)}
        for lake in (lakes / "before", lakes / "datasets")
    )
    (newest,) = both - first
    shutil.copytree(lakes / "datasets", folder)
    (folder / newest).unlink()


def firmograph(root: Path, *words: str) -> tuple[int, str]:
    """Runs the program; returns its exit code and what it printed."""
    command = [sys.executable, "-m", "firmograph", "--root", str(root), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def drill(root: Path) -> list[tuple[int, str]]:
    """What the drill's commands answer, on the lake `copy` and its copy, `recovered`."""
    shutil.copytree(root / "copy", root / "recovered")
    places = {'lake="$COPY"': "lake=copy", "lake=gs://acme-recovered/lake": "lake=recovered"}
    words = places | {"ID": "1"}
    return [firmograph(root, *(words.get(word, word) for word in line)) for line in commands()]


def continued(root: Path) -> Project:
    """A project with the recovered lake, to which the second file is delivered again."""
    shutil.copytree(root / "recovered", root / "new" / "datasets")
    project = Project(root / "new")
    project.drop("lakeside_data_blocks_20260302.json", SECOND)
    return project


def run_without_newest(root: Path, *logs: str) -> tuple[int, str]:
    """Deletes the newest commit of each log of the recovered lake, and runs."""
    for log in logs:
        max((root / "recovered" / log).glob("*.json")).unlink()
    (root / "workingArea" / "uploads").mkdir(parents=True)
    return firmograph(root, "run", "--set", "lake=recovered")


@pytest.mark.parametrize("lacking", LACKING.values(), ids=LACKING)
def test_drill_recovers_the_newest_whole_snapshot(
    lakes: Path, tmp_path: Path, lacking: str
) -> None:
    copy_lacking(lakes, tmp_path / "copy", lacking)
    status, rolled_back, verified = drill(tmp_path)
    assert (status[0], rolled_back[0], verified[0]) == (0, 0, 0)
    assert re.search(r"snapshot +1, published", status[1])
    assert "all well" in verified[1]
    project = continued(tmp_path)
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000001"}]
    project.run()
    assert project.sql("SELECT count(*) AS n FROM dw_company_data") == [{"n": 2}]


def test_missing_commit_is_recovered_by_a_run(lakes: Path, tmp_path: Path) -> None:
    copy_lacking(lakes, tmp_path / "copy", "dw/dw_company_data/_delta_log/*.json")
    status, rolled_back, _ = drill(tmp_path)
    assert "1 newer snapshots are not whole" in status[1]
    assert rolled_back[0] == 1
    assert "the last snapshot was published with version" in rolled_back[1]
    assert run_without_newest(tmp_path, SNAPSHOTS)[0] == 0
    assert firmograph(tmp_path, "verify", "--full", "--set", "lake=recovered")[0] == 0
    project = continued(tmp_path)
    assert project.sql("SELECT count(*) AS n FROM dw_company_data") == [{"n": 2}]
    project.run()
    assert project.names(project.folders.processed / "duplicates") == [
        "lakeside_data_blocks_20260302.json"
    ]


def test_missing_documents_are_ingested_when_they_are_delivered_again(
    lakes: Path, tmp_path: Path
) -> None:
    copy_lacking(lakes, tmp_path / "copy", "ods/ods_datablocks_raw/*.parquet")
    _, rolled_back, _ = drill(tmp_path)
    assert rolled_back[0] == 1
    assert "recovered/ods/ods_datablocks_raw/part-" in rolled_back[1]
    assert run_without_newest(tmp_path, SNAPSHOTS, "ods/ods_datablocks_raw/_delta_log")[0] == 0
    project = continued(tmp_path)
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000001"}]
    project.run()
    assert project.sql("SELECT count(*) AS n FROM dw_company_data") == [{"n": 2}]
    verified = firmograph(tmp_path, "verify", "--full", "--set", "lake=new/datasets")[1]
    assert verified.count("FAIL") == 1
    assert "the ledger counts 2 documents, ODS holds 1" in verified
