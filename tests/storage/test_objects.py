"""What is peculiar to a bucket: versions, ranges, copies instead of moves, and what it costs."""

import io
import os
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest
from proxy import ANSWER_LOST, proxied
from servers import EVERY_STORE, STORES, Bucket, lead_to

from firmograph.storage.base import FileStamp, walk
from firmograph.storage.errors import Changed, Gone, StorageError, Taken
from firmograph.storage.local import LocalStorage
from firmograph.storage.objects import ObjectStorage

MIB = 1 << 20
everywhere = pytest.mark.parametrize("bucket", EVERY_STORE, indirect=True)
counted = pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
"""For tests that read the access log."""


def kept(bucket: Bucket) -> ObjectStorage:
    return ObjectStorage(f"{bucket.url}/kept")


@everywhere
def test_object_that_was_read_whole_is_one_version_though_it_changes(bucket: Bucket) -> None:
    storage = kept(bucket)
    storage.put("a", b"abc")
    with storage.open("a") as file:
        storage.put("a", b"xyz")
        assert file.content.read() == b"abc"


@everywhere
def test_name_that_only_a_folder_can_have_is_written_as_escapes(
    bucket: Bucket, tmp_path: Path
) -> None:
    names = ["a\x01b", "a\nb", os.fsdecode(b"a\xff"), "ä"]
    here = tmp_path / "here"
    here.mkdir()
    for name in names:
        (here / name).write_bytes(name.encode("utf-8", "surrogateescape"))
    storage = kept(bucket)
    assert LocalStorage(here).move(names, storage) == ([], [])
    assert sorted(entry.name for entry in storage.files()) == ["a\\x01b", "a\\x0ab", "a\\xff", "ä"]
    assert storage.read("a\x01b") == b"a\x01b"
    assert list(here.iterdir()) == []


@everywhere
def test_change_between_two_ranges_takes_the_place_of_other_errors(bucket: Bucket) -> None:
    storage = kept(bucket)
    storage.put("a", b"a" * (2 * MIB))

    def replace(content: IO[bytes]) -> None:
        assert content.read(3) == b"aaa"
        storage.put("a", b"b" * (2 * MIB))
        with pytest.raises(Changed):
            content.read()
        raise ValueError

    def delete(content: IO[bytes]) -> None:
        storage.delete(["a"])
        content.read()

    with pytest.raises(Changed, match="it changed while it was read"), storage.open("a") as file:
        replace(file.content)
    with pytest.raises(Changed, match="it was deleted while it"), storage.open("a") as file:
        delete(file.content)


@everywhere
def test_large_object_is_read_from_any_position(bucket: Bucket) -> None:
    storage = kept(bucket)
    content = os.urandom(20 * MIB)
    stamp = storage.put("a", content)
    assert stamp.size == 20 * MIB
    with storage.open("a", expected=stamp) as file:
        pieces = iter(lambda: file.content.read(100_000), b"")
        assert b"".join(pieces) == content
        assert file.content.seek(-5, io.SEEK_END) == 20 * MIB - 5
        assert file.content.read() == content[-5:]
        assert file.content.seek(3 * MIB) == 3 * MIB
        assert file.content.read(10) == content[3 * MIB : 3 * MIB + 10]
        assert file.content.seek(5, io.SEEK_CUR) == 3 * MIB + 15
        assert file.content.read(1) == content[3 * MIB + 15 : 3 * MIB + 16]
        assert file.content.seek(21 * MIB) == 21 * MIB
        assert file.content.read() == b""


@everywhere
def test_archive_is_read_in_place(bucket: Bucket) -> None:
    storage = kept(bucket)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("filler", os.urandom(3 * MIB))
        archive.writestr("a.json", "{}")
    storage.put("a.zip", content.getvalue())
    with storage.open("a.zip") as file, zipfile.ZipFile(file.content) as archive:
        assert archive.read("a.json") == b"{}"


@everywhere
def test_large_file_is_put_once(bucket: Bucket, tmp_path: Path) -> None:
    storage, source = kept(bucket), tmp_path / "source"
    for expected in (None, Taken):
        with source.open("wb") as file:
            file.truncate(65 * MIB)
        if expected is None:
            stamp = storage.put_if_absent("a", source)
            assert not source.exists()
        else:
            with pytest.raises(Taken):
                storage.put_if_absent("a", source)
            assert source.exists()
    assert dict(storage.files()) == {"a": stamp}
    assert storage.read("a", expected=stamp, start=65 * MIB - 2) == b"\0\0"


@pytest.mark.parametrize("bucket", STORES, indirect=True)
def test_answer_that_is_lost_does_not_take_the_name(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxied(bucket.endpoint) as server:
        server.rule = lambda request: ANSWER_LOST if request.number == 1 else None
        lead_to(server.url, monkeypatch)
        storage = kept(bucket)
        stamp = storage.put_if_absent("a", b"abc")
        assert [request.kind for request in server.requests] == ["PUT", "PUT", "HEAD"]
        assert storage.stamps(["a"]) == {"a": stamp}
        with pytest.raises(Taken):
            storage.put_if_absent("a", b"abc")


@everywhere
def test_move_that_was_interrupted_is_done_again(bucket: Bucket) -> None:
    storage, target = kept(bucket), kept(bucket) / "target"
    expected = {name: storage.put(name, name.encode()) for name in ("both", "moved", "waits")}
    target.put("both", b"both")
    storage.move(["moved"], target)
    assert storage.move(["both", "moved", "waits"], target, expected) == ([], [])
    assert storage.move(["both", "moved", "waits"], target, expected) == ([], [])
    assert list(storage.files()) == []
    assert {name: target.read(name) for name in expected} == {
        "both": b"both",
        "moved": b"moved",
        "waits": b"waits",
    }


@pytest.mark.parametrize("bucket", STORES, indirect=True)
def test_same_bytes_under_another_version_count_as_moved(bucket: Bucket, tmp_path: Path) -> None:
    storage, target = kept(bucket), kept(bucket) / "target"
    (tmp_path / "a").write_bytes(b"a" * (9 * MIB))
    by_parts = storage.put("a", tmp_path / "a")
    at_once = target.put_if_absent("a", b"a" * (9 * MIB))
    assert by_parts.version != at_once.version
    assert storage.move(["a"], target, {"a": by_parts}) == ([], [])
    assert [path for _, _, (path, _) in walk(storage)] == ["a"]
    assert target.stamps(["a"]) == {"a": at_once}


@everywhere
def test_wrong_version_is_not_left_in_the_target(bucket: Bucket) -> None:
    storage, target = kept(bucket), kept(bucket) / "target"
    old = storage.put("a", b"old")
    storage.put("a", b"new")
    assert storage.move(["a"], target, {"a": old}) == ([], ["a"])
    assert storage.read("a") == b"new"
    assert list(target.files()) == []


@pytest.mark.parametrize("way", ["to a folder", "from a folder", "to another bucket"])
@pytest.mark.parametrize("store", EVERY_STORE)
def test_files_move_across_stores(
    store: str, way: str, make_bucket: Callable[[str], Bucket], tmp_path: Path
) -> None:
    here: ObjectStorage | LocalStorage = kept(make_bucket(store))
    there: ObjectStorage | LocalStorage = LocalStorage(tmp_path / "kept")
    if way == "to another bucket":
        there = kept(make_bucket(store))
    elif way == "from a folder":
        here, there = there, here
    expected = {name: here.put(name, name.encode()) for name in ("a", "copied", "taken", "grown")}
    here.put("grown", b"grown more")
    there.put("copied", b"copied")
    there.put("taken", b"other")
    assert here.move(expected, there, expected) == (["taken"], ["grown"])
    assert {name: here.read(name) for name, _ in here.files()} == {
        "taken": b"taken",
        "grown": b"grown more",
    }
    assert {name: there.read(name) for name, _ in there.files()} == {
        "a": b"a",
        "copied": b"copied",
        "taken": b"other",
    }
    with pytest.raises(Gone):
        here.move(["never there"], there)


@counted
def test_more_than_a_thousand_are_listed_and_deleted(bucket: Bucket) -> None:
    storage = kept(bucket)
    names = [f"{number:04}" for number in range(1_100)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda name: storage.put(name, b"x"), names))
    assert sorted(name for name, _ in storage.files()) == names
    storage.delete(names)
    assert list(storage.files()) == []
    made = bucket.requests()
    assert (made["PutObject"], made["DeleteObjects"]) == (1_100, 2)
    assert made["ListObjectsV2"] in {2, 3}  # the last one's line may not be written yet


@counted
def test_versions_of_many_are_listed_as_long_as_it_pays(bucket: Bucket) -> None:
    storage = kept(bucket)
    stamp = storage.put("0000", b"x")
    names = [f"{number:04}" for number in range(1_400)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda name: storage.put(name, b"x"), names[1:]))
    before = bucket.requests()
    few = names[-9:]
    assert storage.stamps([*few, "missing"]) == dict.fromkeys(few, stamp)
    many = names[250:360]
    assert storage.stamps([*many, "0250 missing"]) == dict.fromkeys(many, stamp)
    scattered = names[::10]
    assert storage.stamps([*scattered, "missing"]) == dict.fromkeys(scattered, stamp)
    assert storage.stamps(f"beyond the last {number}" for number in range(100)) == {}
    storage.read("0000")  # whose line may not be written yet
    made = bucket.requests() - before
    made.pop("GetObject", None)
    assert made == {
        "HeadObject": 10 + 41,  # the few; those of the scattered beyond the first page
        "ListObjectsV2": 3,
    }


@counted
def test_each_step_costs_what_it_must(bucket: Bucket) -> None:
    storage = kept(bucket)
    stamps = {name: storage.put(name, b"abc") for name in ("a", "b", "c")}
    for name, stamp in stamps.items():
        with storage.open(name, expected=stamp) as file:
            file.content.read()
    storage.move(stamps, storage / "target", stamps)
    list((storage / "nothing more").files())
    made = bucket.requests()
    made.pop("ListObjectsV2", None)
    assert made == {
        "PutObject": 3,
        "GetObject": 3,
        "HeadObject": 6,  # is the name free; is what was copied the expected version
        "CopyObject": 3,
        "DeleteObjects": 1,
    }


@everywhere
@pytest.mark.parametrize("name", ["a//b", "..", "a/../b"])
def test_name_that_no_object_may_have_is_refused(bucket: Bucket, name: str) -> None:
    storage = kept(bucket)
    for use in (lambda: storage.put(name, b""), lambda: storage.read(name)):
        with pytest.raises(StorageError, match="its name is not possible in a bucket"):
            use()


@everywhere
def test_bucket_has_no_time_of_writing(bucket: Bucket) -> None:
    assert kept(bucket).written_at(FileStamp(3, "x")) is None
