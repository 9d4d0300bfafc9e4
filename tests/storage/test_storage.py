"""What every storage promises, tried on each of them."""

import pickle
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import EVERY_STORE, Bucket

from firmograph.storage.base import Storage, is_empty, sha256_of, walk
from firmograph.storage.errors import Busy, Changed, Gone, Taken
from firmograph.storage.local import LocalStorage
from firmograph.storage.objects import ObjectStorage

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
HOLDER = {"pid": "7", "host": "here"}


@pytest.fixture(params=["local", *EVERY_STORE])
def storage(
    request: pytest.FixtureRequest, tmp_path: Path, make_bucket: Callable[[str], Bucket]
) -> Storage:
    """An empty storage of each kind."""
    if request.param == "local":
        return LocalStorage(tmp_path / "kept")
    return ObjectStorage(f"{make_bucket(request.param).url}/a prefix/kept")


def listed(storage: Storage) -> dict[str, int]:
    return {name: stamp.size if stamp else -1 for name, stamp in storage.files()}


def test_bytes_are_put_read_and_listed(storage: Storage) -> None:
    stamp = storage.put("a.json", b"abc")
    storage.put("b c.json", b"")
    assert storage.read("a.json") == b"abc"
    assert storage.read("a.json", expected=stamp) == b"abc"
    assert storage.read("b c.json") == b""
    assert listed(storage) == {"a.json": 3, "b c.json": 0}
    assert dict(storage.files())["a.json"] == stamp


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 2, b"ab"), (2, 4, b"cd"), (3, None, b"def"), (4, 99, b"ef"), (6, None, b""), (2, 2, b"")],
)
def test_part_is_read(storage: Storage, start: int, end: int | None, expected: bytes) -> None:
    storage.put("a", b"abcdef")
    assert storage.read("a", start=start, end=end) == expected


def test_files_and_subfolders_are_listed_at_once(storage: Storage) -> None:
    stamp = storage.put("a", b"abc")
    (storage / "below").put("b", b"b")
    (storage / "also below").put("c", b"c")
    assert storage.listing() == ([("a", stamp)], ["also below", "below"])
    assert list(storage.files()) == [("a", stamp)]
    assert storage.folders() == ["also below", "below"]


def test_put_replaces_and_the_stamp_tells(storage: Storage) -> None:
    old = storage.put("a", b"abc")
    new = storage.put("a", b"xyz")
    assert old != new
    with pytest.raises(Changed):
        storage.read("a", expected=old)
    with pytest.raises(Changed), storage.open("a", expected=old):
        pass
    assert storage.read("a", expected=new) == b"xyz"


def test_local_file_becomes_the_storages(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"abc")
    stamp = storage.put("below/a", source)
    assert not source.exists()
    assert (storage / "below").read("a", expected=stamp) == b"abc"


def test_put_if_absent_leaves_what_is_there(storage: Storage, tmp_path: Path) -> None:
    storage.put_if_absent("a", b"abc")
    source = tmp_path / "source"
    source.write_bytes(b"xyz")
    with pytest.raises(Taken, match="already exists"):
        storage.put_if_absent("a", source)
    assert source.read_bytes() == b"xyz"
    with pytest.raises(Taken):
        storage.put_if_absent("a", b"xyz")
    assert storage.read("a") == b"abc"
    storage.put_if_absent("b", source)
    assert listed(storage) == {"a": 3, "b": 3}


def test_one_of_many_puts_if_absent_succeeds(storage: Storage) -> None:
    storage.put("other", b"")
    together = threading.Barrier(8)
    won: list[int] = []

    def put(number: int) -> None:
        together.wait()
        try:
            storage.put_if_absent("a", b"%d" % number)
        except Taken:
            return
        won.append(number)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = won
    assert storage.read("a") == b"%d" % winner
    assert listed(storage) == {"a": 1, "other": 0}


def test_open_gives_a_seekable_stream(storage: Storage) -> None:
    stamp = storage.put("a", b"abcdef")
    with storage.open("a") as file:
        assert file.stamp == stamp
        assert file.content.read(2) == b"ab"
        assert file.content.seek(4) == 4
        assert file.content.read() == b"ef"
    storage.put("a", b"abc")
    assert sha256_of(storage, "a") == SHA256_OF_ABC


def test_missing_file_is_gone(storage: Storage) -> None:
    storage.put("other", b"")
    with pytest.raises(Gone, match="No such file"):
        storage.read("a")
    with pytest.raises(Gone), storage.open("a"):
        pass
    with pytest.raises(Gone):
        storage.move(["a"], storage / "target")


def test_files_move_under_their_names_and_replace_none(storage: Storage) -> None:
    for name in ("a", "b", "c"):
        storage.put(name, name.encode())
    target = storage / "target"
    target.put("b", b"old")
    assert storage.move(["a", "b", "c"], target) == (["b"], [])
    assert listed(storage) == {"b": 1}
    assert listed(target) == {"a": 1, "b": 3, "c": 1}
    assert target.read("b") == b"old"


def test_nothing_moved_makes_nothing(storage: Storage) -> None:
    storage.put("a", b"")
    assert storage.move([], storage / "target") == ([], [])
    assert list(storage.folders()) == []


def test_deleting_again_is_no_error(storage: Storage) -> None:
    storage.put("a", b"")
    storage.put("b", b"")
    storage.delete(["a", "never there"])
    storage.delete(["a"])
    assert listed(storage) == {"b": 0}


def test_folders_are_named_and_walked(storage: Storage) -> None:
    assert is_empty(storage)
    assert list(walk(storage)) == []
    for name in ("a", "x/b", "x/y/c", "w/d"):
        storage.put(name, b"")
    assert list(storage.folders()) == ["w", "x"]
    assert [below + entry.name for _, below, entry in walk(storage)] == ["a", "w/d", "x/b", "x/y/c"]
    assert not is_empty(storage)
    assert not is_empty(storage / "x")


def test_fetched_file_is_readable_here(storage: Storage, tmp_path: Path) -> None:
    storage.put("a", b"abc")
    storage.fetch("a", tmp_path / "here")
    assert (tmp_path / "here").read_bytes() == b"abc"
    assert storage.read("a") == b"abc"


def test_storage_and_its_errors_pickle(storage: Storage) -> None:
    storage.put("below/a", b"abc")
    below: Storage = pickle.loads(pickle.dumps(storage / "below"))  # noqa: S301 - our own bytes
    assert below == storage / "below"
    assert hash(below) == hash(storage / "below")
    assert below.read("a") == b"abc"
    for error in (Gone("it does not exist", "x"), Busy("held", "x", HOLDER)):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        assert (type(again), str(again), again.reason) == (type(error), str(error), error.reason)


def test_lock_is_held_by_one_who_is_named(storage: Storage) -> None:
    with storage.lock(HOLDER, 0):
        with pytest.raises(Busy) as caught, storage.lock({}, 0):
            pass
        assert caught.value.holder == HOLDER
    with storage.lock({}, 0):
        pass


def test_lock_is_given_back_after_an_error(storage: Storage) -> None:
    with pytest.raises(ValueError, match="inside"), storage.lock(HOLDER, 0):
        raise ValueError("inside")
    with storage.lock(HOLDER, 0):
        pass


def test_only_the_expected_version_moves(storage: Storage) -> None:
    expected = {name: storage.put(name, b"abc") for name in ("same", "grown", "gone", "taken")}
    storage.put("grown", b"abcdef")
    storage.delete(["gone"])
    target = storage / "target"
    target.put("taken", b"old")
    moves = storage.move(list(expected), target, expected)
    assert moves == (["taken"], ["grown", "gone"])
    assert listed(storage) == {"grown": 6, "taken": 3}
    assert listed(target) == {"same": 3, "taken": 3}


def test_file_at_rest_is_read_and_opened(storage: Storage) -> None:
    storage.put("a", b"abc")
    assert storage.read("a", at_rest=True) == b"abc"
    with storage.open("a", at_rest=True) as file:
        assert file.content.read() == b"abc"


@pytest.mark.parametrize(
    "name",
    [
        "two words.json",
        "100%25 of it",
        "a+b&c=d",
        "Käse 東京 \N{COMBINING DIAERESIS}.json",
        "document (1).json",
        " spaces around ",
        "#?;:@!$'*,|<>^`{}~[]\\\"",
    ],
)
def test_odd_name_is_a_name(storage: Storage, name: str) -> None:
    stamp = storage.put(name, b"abc")
    assert list(storage.files()) == [(name, stamp)]
    assert storage.read(name, expected=stamp) == b"abc"
    assert storage.stamps([name, "another"]) == {name: stamp}
    below = storage / f"below {name}"
    assert storage.move([name], below, {name: stamp}) == ([], [])
    assert list(storage.folders()) == [f"below {name}"]
    assert below.read(name) == b"abc"
    below.delete([name])
    assert is_empty(below)


def test_where_it_is_tells_whether_it_is_local(storage: Storage) -> None:
    assert storage.is_local == ("://" not in storage.url)


def test_hold_is_checked_while_the_lock_is_held(storage: Storage) -> None:
    with storage.lock(HOLDER, 0) as hold:
        hold.check()
    with storage.lock(HOLDER, 0) as hold:
        hold.check()


def test_many_files_are_listed_moved_and_deleted(storage: Storage) -> None:
    names = [f"{number:04}.json" for number in range(120)]
    expected = {name: storage.put(name, name.encode()) for name in names}
    assert dict(storage.files()) == expected
    assert storage.stamps(names) == expected
    target = storage / "target"
    target.put("0007.json", b"other")
    assert storage.move(names, target, expected) == (["0007.json"], [])
    assert listed(storage) == {"0007.json": 9}
    assert len(listed(target)) == 120
    assert target.read("0119.json") == b"0119.json"
    target.delete(names)
    assert listed(target) == {}
