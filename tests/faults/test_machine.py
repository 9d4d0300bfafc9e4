"""The machine fails: full disk, read-only lake, damaged logs, a dead or living lock holder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Once, Project
from scenario import (
    Undisturbed,
    assert_same,
    copy_with_drop,
    files,
    firmograph,
    make_base,
    tables,
    totals,
    undisturbed_lake,
)

NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-ec"]
PROGRAM = f"{sys.executable} -m firmograph"


@pytest.fixture(scope="module")
def base(once: Once) -> Path:
    return once("faults-base", make_base)


@pytest.fixture(scope="module")
def undisturbed(once: Once) -> Undisturbed:
    return undisturbed_lake(once)


@pytest.fixture
def namespace() -> None:
    """Tests that mount need a namespace of their own."""
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        assert os.environ.get("CI") != "true", "this machine allows no mount namespace"
        pytest.skip("this machine allows no mount namespace: the disk cannot be made full here")


def in_namespace(script: str, **variables: object) -> subprocess.CompletedProcess[str]:
    """Runs a shell script where it may mount."""
    given = {name: str(value) for name, value in variables.items()}
    environment = {**os.environ, "FIRMOGRAPH_SETTLE_SECONDS": "0", **given}
    return subprocess.run(
        [*NAMESPACE, script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )


def test_full_disk_is_a_clear_error_and_the_next_run_heals_it(
    base: Path, undisturbed: Undisturbed, tmp_path: Path, namespace: None
) -> None:
    copy_with_drop(base, tmp_path / "lake")
    (tmp_path / "small").mkdir()
    done = in_namespace(
        f"""
        mount -t tmpfs -o size=2m tmpfs "$SMALL"
        cp -r "$LAKE"/. "$SMALL"
        dd if=/dev/zero of="$SMALL/filler" bs=1k count=9999 2>/dev/null || true
        {PROGRAM} run --root "$SMALL" && exit 9 || code=$?
        rm "$SMALL/filler"
        {PROGRAM} run --root "$SMALL" > /dev/null 2>&1 || test $? -eq 3
        rm -r "$LAKE" && mkdir "$LAKE" && cp -r "$SMALL"/. "$LAKE"
        exit $code
        """,
        SMALL=tmp_path / "small",
        LAKE=tmp_path / "lake",
    )
    assert done.returncode == 1, done.stderr
    assert "No space left on device" in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
    assert_same(tmp_path / "lake", undisturbed.root)


def test_read_only_lake_is_a_clear_error_and_readers_go_on(
    base: Path, tmp_path: Path, namespace: None
) -> None:
    copy_with_drop(base, tmp_path / "lake")
    waiting = files(tmp_path / "lake")
    done = in_namespace(
        f"""
        mount --bind "$LAKE/datasets" "$LAKE/datasets"
        mount -o remount,ro,bind "$LAKE/datasets"
        {PROGRAM} sql "SELECT count(*) AS companies FROM dw_company_data" --root "$LAKE"
        {PROGRAM} run --root "$LAKE"
        """,
        LAKE=tmp_path / "lake",
    )
    assert done.returncode == 1
    assert "8" in done.stdout.split()
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr
    assert files(tmp_path / "lake") == waiting


def test_unwritable_uploads_lose_nothing(
    base: Path, undisturbed: Undisturbed, tmp_path: Path, namespace: None
) -> None:
    copy_with_drop(base, tmp_path / "lake")
    uploads = tmp_path / "lake" / "workingArea" / "uploads"
    dropped = sorted(path.name for path in uploads.iterdir())
    done = in_namespace(
        f"""
        mount --bind "$UPLOADS" "$UPLOADS"
        mount -o remount,ro,bind "$UPLOADS"
        {PROGRAM} run --root "$LAKE"
        """,
        LAKE=tmp_path / "lake",
        UPLOADS=uploads,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in uploads.iterdir()) == dropped
    assert Project(tmp_path / "lake").run().exit_code == 3
    assert tables(tmp_path / "lake") == tables(undisturbed.root)


@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_damaged_delta_log_is_a_clear_error(base: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(base, tmp_path / "lake")
    log = tmp_path / "lake" / "datasets" / "dw" / "dw_company_data" / "_delta_log"
    newest = max(log.glob("*.json"))
    content = newest.read_bytes()
    if damage == "missing":
        newest.unlink()
    else:
        newest.write_bytes(content[: len(content) // 2])
    broken = firmograph(tmp_path / "lake", "run")
    assert broken.returncode == 1
    assert "dw_company_data" in broken.stderr
    assert "hint: " in broken.stderr
    assert "Traceback" not in broken.stderr
    newest.write_bytes(content)
    assert Project(tmp_path / "lake").run().exit_code == 0
    assert tables(tmp_path / "lake") == tables(base)


def test_dead_holder_does_not_hold_the_lake(base: Path, tmp_path: Path) -> None:
    copy_with_drop(base, tmp_path / "lake")
    killed = firmograph(tmp_path / "lake", "run", kill_at=40)
    assert killed.returncode == -9
    assert (tmp_path / "lake" / "datasets" / ".holder.json").exists()
    assert Project(tmp_path / "lake").run().exit_code == 3


def test_second_run_is_refused_and_told_who_holds_the_lake(base: Path, tmp_path: Path) -> None:
    copy_with_drop(base, tmp_path / "lake")
    script = (
        "import sys, datetime, pathlib\n"
        "from firmograph.control.lock import hold_lake\n"
        "from firmograph.storage.local import LocalStorage\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "with hold_lake(LocalStorage(root), datetime.datetime(2026, 3, 1), 0):\n"
        "    print('held', flush=True); sys.stdin.readline()\n"
    )
    lake = tmp_path / "lake" / "datasets"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lake)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        refused = firmograph(tmp_path / "lake", "run")
        reader = firmograph(tmp_path / "lake", "status")
        facts = json.loads((lake / ".holder.json").read_text("utf-8"))
        holder.communicate("\n", timeout=30)
    assert refused.returncode == 4
    assert f"process {facts['pid']} on {facts['host']}, since 2026-03-01T00:00:00" in refused.stderr
    assert "--wait SECONDS" in refused.stderr
    assert reader.returncode == 0


def test_waiting_run_begins_when_the_other_ends(base: Path, tmp_path: Path) -> None:
    copy_with_drop(base, tmp_path / "lake")
    command = [*PROGRAM.split(), "run", "--wait", "60", "--root", str(tmp_path / "lake")]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as one,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as other,
    ):
        codes = sorted([one.wait(120), other.wait(120)])
    assert codes == [0, 3]
    assert totals(tmp_path / "lake")["in_ods"] == 24
