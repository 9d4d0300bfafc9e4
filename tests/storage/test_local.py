"""What is peculiar to a folder: links, pipes, other file systems, names that are not text."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmograph.storage.errors import Changed, Gone, InUse, StorageError, Taken
from firmograph.storage.local import LocalStorage


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder of another file system."""
    memory = Path("/dev/shm")  # noqa: S108 - another file system on every Linux
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system is here")
    folder = Path(tempfile.mkdtemp(dir=memory))
    yield folder
    shutil.rmtree(folder)


def test_links_and_pipes_are_listed_without_a_stamp_and_never_read(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("target", b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link to a folder").symlink_to(tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe")
    odd = {name for name, stamp in storage.files() if stamp is None}
    assert odd == {"link", "link to a folder", "pipe"}
    assert storage.folders() == ["folder"]
    for name in ("link", "pipe", "folder"):
        with pytest.raises(StorageError):
            storage.read(name)
        with pytest.raises(StorageError), storage.open(name):
            pass


def test_name_that_is_not_utf8_is_a_name(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    storage = LocalStorage(tmp_path)
    storage.put(name, b"abc")
    assert [entry.name for entry in storage.files()] == [name]
    storage.move([name], storage / "target")
    assert (storage / "target").read(name) == b"abc"


def test_missing_folder_is_gone(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "nowhere")
    for ask in (lambda: list(storage.files()), storage.folders):
        with pytest.raises(Gone):
            ask()
    with pytest.raises(Gone):
        storage.move(["a"], LocalStorage(tmp_path))


def test_move_does_not_follow_a_link_in_the_target(tmp_path: Path) -> None:
    storage, target = LocalStorage(tmp_path / "source"), LocalStorage(tmp_path / "target")
    storage.put("a", b"abc")
    target.folder.mkdir()
    (target.folder / "a").symlink_to(tmp_path / "outside")
    assert storage.move(["a"], target) == (["a"], [])
    assert not (tmp_path / "outside").exists()


def test_files_move_to_another_file_system(tmp_path: Path, elsewhere: Path) -> None:
    storage, target = LocalStorage(tmp_path), LocalStorage(elsewhere)
    for name in ("a", "b"):
        storage.put(name, b"abc")
    target.put("b", b"old")
    assert storage.move(["a", "b"], target) == (["b"], [])
    assert [entry.name for entry in storage.files()] == ["b"]
    assert (target.read("a"), target.read("b")) == (b"abc", b"old")
    assert len(list(target.files())) == 2


def test_put_comes_from_another_file_system(tmp_path: Path, elsewhere: Path) -> None:
    storage = LocalStorage(tmp_path)
    for content in (b"abc", b"xyz"):
        (elsewhere / "source").write_bytes(content)
        storage.put("a", elsewhere / "source")
        assert storage.read("a") == content
        assert list(elsewhere.iterdir()) == []
    (elsewhere / "source").write_bytes(b"new")
    with pytest.raises(Taken):
        storage.put_if_absent("a", elsewhere / "source")
    assert (elsewhere / "source").read_bytes() == b"new"
    assert [entry.name for entry in storage.files()] == ["a"]


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="directory"):
        storage.put("a", b"abc")
    assert list(storage.files()) == []


def test_file_that_somebody_has_open_for_writing_is_in_use(tmp_path: Path) -> None:
    if not hasattr(fcntl, "F_SETLEASE"):
        pytest.skip("this system knows no leases")
    storage = LocalStorage(tmp_path)
    with (tmp_path / "a").open("wb") as writer:
        writer.write(b"abc")
        writer.flush()
        with pytest.raises(InUse, match="another process has it open for writing"):
            storage.read("a", at_rest=True)
        with pytest.raises(InUse), storage.open("a", at_rest=True):
            pass
        assert storage.read("a") == b"abc"
    with (tmp_path / "a").open("rb"):  # a reader is no writer
        assert storage.read("a", at_rest=True) == b"abc"


def test_only_the_expected_version_moves_to_another_file_system(
    tmp_path: Path, elsewhere: Path
) -> None:
    storage, target = LocalStorage(tmp_path), LocalStorage(elsewhere)
    expected = {name: storage.put(name, b"abc") for name in ("a", "b")}
    storage.put("b", b"other")
    assert storage.move(["a", "b"], target, expected) == ([], ["b"])
    assert [entry.name for entry in storage.files()] == ["b"]
    assert [entry.name for entry in target.files()] == ["a"]


def test_change_while_a_file_is_open_takes_the_place_of_other_errors(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("a", b"abc")

    def replace_and_fail() -> None:
        storage.put("a", b"xyz")
        raise ValueError

    with pytest.raises(Changed, match="it changed while it was read"), storage.open("a"):
        replace_and_fail()
    with pytest.raises(Changed, match="it was deleted while it was read"), storage.open("a"):
        storage.delete(["a"])
