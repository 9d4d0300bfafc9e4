import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from archives import documents, raws, squeeze
from hypothesis import given
from hypothesis import strategies as st

from firmograph.contract.registry import load_contracts
from firmograph.sources.ignored import NotDeliveries
from firmograph.sources.names import FileNames, Unknown, Upload
from firmograph.sources.split import RawDocument, Unreadable
from firmograph.sources.uploads import Deferred, ScanRules, open_upload, read_upload, scan
from firmograph.storage.local import LocalStorage

Change = Callable[[Path], None]
NAMES = FileNames(load_contracts().values())
A, B = b'{"a":1}', b'{"b":2}'
A_SHA256 = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
NAME = "acme_data_blocks_20260301.json"
SQUEEZED = squeeze(b'{"a":"0123456789","b":"abcdefghijklmnop","c":"x"}')
SYMLINK = "it is a symbolic link or a special file; only plain files are read"


def upload_of(folder: Path, content: bytes, name: str = NAME) -> Upload:
    (folder / name).write_bytes(content)
    upload = NAMES.recognise(LocalStorage(folder), name)
    assert isinstance(upload, Upload)
    return upload


def read(upload: Upload) -> list[bytes]:
    with open_upload(upload, 1 << 20) as opened:
        found = list(opened.documents(1 << 28))
    return [part.raw for part in found if isinstance(part, RawDocument)]


def test_scan_lists_data_blocks_then_trees_then_unknown_by_name(tmp_path: Path) -> None:
    names = [
        "b_family_tree_20260301.json",
        "a_notes.txt",
        "z_data_blocks_20260301.zip",
        "B_data_blocks_20260301.json",
        "a_family_tree_20260301_2.json.gz",
    ]
    for name in names:
        (tmp_path / name).touch()
    assert [file.file_name for file in scan(LocalStorage(tmp_path), ScanRules(NAMES))] == [
        "B_data_blocks_20260301.json",
        "z_data_blocks_20260301.zip",
        "a_family_tree_20260301_2.json.gz",
        "b_family_tree_20260301.json",
        "a_notes.txt",
    ]


def test_scan_leaves_unfinished_files_out(tmp_path: Path) -> None:
    for name in (f".{NAME}", f"{NAME}.part", f"{NAME}.tmp", f"{NAME}.TMP", ".gitkeep"):
        (tmp_path / name).write_bytes(A)
    assert scan(LocalStorage(tmp_path), ScanRules(NAMES)) == []


def test_scan_passes_over_what_is_not_a_delivery(tmp_path: Path) -> None:
    passed = ["README", "readme.txt", "README_data_blocks.md", "Thumbs.db", "DESKTOP.INI", "a.md5"]
    seen = ["readme_data_blocks_20260301.json", "readme.json", "manifest.csv", "a.md5.txt"]
    for name in passed + seen:
        (tmp_path / name).touch()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / ".git").mkdir()
    found = scan(LocalStorage(tmp_path), ScanRules(NAMES))
    assert [(f.name, isinstance(f, Upload)) for f in found] == [
        ("readme_data_blocks_20260301.json", True),
        ("a.md5.txt", False),
        ("manifest.csv", False),
        ("readme.json", False),
    ]
    rules = ScanRules(NAMES, NotDeliveries(("manifest.*", "*.txt", "readme*.json")))
    found = scan(LocalStorage(tmp_path), rules)
    assert [file.name for file in found if file.name in seen] == [
        "readme_data_blocks_20260301.json"
    ]
    assert "README" in [file.name for file in found]


def test_scan_reports_folders_or_looks_into_them(tmp_path: Path) -> None:
    for place in ("", "spark", "spark/below", "done", ".hidden"):
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / NAME).write_bytes(A)
    (tmp_path / "spark" / "part-0.json").write_bytes(A)
    storage, done = LocalStorage(tmp_path), str(tmp_path / "done")
    found = scan(storage, ScanRules(NAMES, other_folders=[done]))
    assert [(file.name, isinstance(file, Upload)) for file in found] == [
        (NAME, True),
        ("spark", False),
    ]
    assert isinstance(found[1], Unknown)
    assert "recursive = true" in found[1].reason
    found = scan(storage, ScanRules(NAMES, is_recursive=True, other_folders=[done]))
    assert [file.location.removeprefix(f"{tmp_path}/") for file in found] == [
        NAME,
        f"spark/{NAME}",
        f"spark/below/{NAME}",
        "spark/part-0.json",
    ]


def test_scan_of_a_folder_that_holds_another_of_the_project_does_not_report_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "old" / "done").mkdir(parents=True)
    rules = ScanRules(NAMES, other_folders=[str(tmp_path / "old" / "done")])
    assert scan(LocalStorage(tmp_path), rules) == []


def test_scan_takes_links_and_pipes_for_unknown(tmp_path: Path) -> None:
    target = tmp_path / ".target"
    target.write_bytes(A)
    (tmp_path / "a_data_blocks_20260301.json").symlink_to(target)
    (tmp_path / "b_data_blocks_20260301.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "c_data_blocks_20260301.json").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "d_data_blocks_20260301.json")
    found = scan(LocalStorage(tmp_path), ScanRules(NAMES))
    assert [file.file_name[0] for file in found] == ["a", "b", "c", "d"]
    for file in found:
        assert isinstance(file, Unknown)
        assert file.reason == SYMLINK


def test_open_gives_hash_and_size_of_the_file_as_it_lies(tmp_path: Path) -> None:
    with open_upload(upload_of(tmp_path, A), 1 << 20) as opened:
        assert (opened.sha256, opened.size) == (A_SHA256, 7)
    squeezed = squeeze(A)
    with open_upload(upload_of(tmp_path, squeezed, f"{NAME}.gz"), 1 << 20) as opened:
        assert opened.sha256 != A_SHA256
        assert opened.size == len(squeezed)
        assert list(opened.documents(1024)) == [RawDocument(1, A)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a_data_blocks_20260301.jsonl", A + b"\n" + B),
        ("a_data_blocks_20260301.ndjson", A + b"\n" + B + b"\n"),
        ("a_data_blocks_20260301.json", b"[" + A + b"," + B + b"]"),
        ("a_data_blocks_20260301.json", A + b"\n" + B + b"\n"),
        ("a_data_blocks_20260301.json.gz", squeeze(b"[" + A + b"," + B + b"]")),
        ("a_data_blocks_20260301.jsonl.gz", squeeze(A + b"\n") + squeeze(B)),
        ("a_data_blocks_20260301.ndjson.gz", squeeze(A + b"\n" + B) + b"\0" * 8),
    ],
    ids=["jsonl", "ndjson", "array", "lines", "array.gz", "jsonl.gz", "padded.gz"],
)
def test_open_reads_each_form(tmp_path: Path, name: str, content: bytes) -> None:
    assert read(upload_of(tmp_path, content, name)) == [A, B]


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b" ")


def touch_later(path: Path) -> None:
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))


def put_another_in_place(path: Path) -> None:
    stat = path.stat()
    other = path.with_suffix(".other")
    other.write_bytes(B)
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.rename(path)


def make_a_link(path: Path) -> None:
    path.rename(path.with_suffix(".other"))
    path.symlink_to(path.with_suffix(".other"))


def change_while_reading(upload: Upload, change: Change) -> None:
    with open_upload(upload, 1 << 20) as opened:
        change(Path(upload.location))
        list(opened.documents(1024))


@pytest.mark.parametrize(
    "change", [append, touch_later, put_another_in_place, Path.unlink, make_a_link]
)
def test_open_defers_a_file_that_changes_while_it_is_read(tmp_path: Path, change: Change) -> None:
    upload = upload_of(tmp_path, A)
    with pytest.raises(Deferred):
        change_while_reading(upload, change)


@pytest.mark.parametrize("name", [f"{NAME}.gz", "acme_data_blocks_20260301.zip"])
def test_open_defers_a_cut_off_file_that_still_grows(tmp_path: Path, name: str) -> None:
    upload = upload_of(tmp_path, squeeze(A * 100)[:-4], name)
    with pytest.raises(Deferred):
        change_while_reading(upload, append)


@pytest.mark.parametrize("change", [append, touch_later, put_another_in_place])
@pytest.mark.parametrize("way", [read, read_upload])
def test_open_defers_a_file_that_changed_after_it_was_listed(
    tmp_path: Path, change: Change, way: Callable[[Upload], object]
) -> None:
    upload_of(tmp_path, A)
    (listed,) = scan(LocalStorage(tmp_path), ScanRules(NAMES))
    assert isinstance(listed, Upload)
    change(Path(listed.location))
    with pytest.raises(Deferred, match="it changed after it was listed"):
        way(listed)


@pytest.mark.skipif(not hasattr(fcntl, "F_SETLEASE"), reason="this system knows no leases")
def test_open_defers_a_file_that_somebody_has_open_for_writing(tmp_path: Path) -> None:
    upload = upload_of(tmp_path, A)
    with Path(upload.location).open("ab"):
        for way in (read, read_upload):
            with pytest.raises(Deferred, match="another process has it open for writing"):
                way(upload)
    assert read(upload) == [A]


@pytest.mark.parametrize("change", [Path.unlink, make_a_link])
def test_open_defers_a_file_that_went_away_before(tmp_path: Path, change: Change) -> None:
    upload = upload_of(tmp_path, A)
    change(Path(upload.location))
    with pytest.raises(Deferred, match="cannot be opened"), open_upload(upload, 1 << 20):
        pass


def test_open_defers_a_pipe_without_waiting_for_it(tmp_path: Path) -> None:
    upload = upload_of(tmp_path, A)
    Path(upload.location).unlink()
    os.mkfifo(Path(upload.location))
    with pytest.raises(Deferred, match="not a plain file"), open_upload(upload, 1 << 20):
        pass


@given(st.integers(1, len(SQUEEZED) - 1))
def test_gzip_cut_off_anywhere_is_unreadable(kept: int) -> None:
    with pytest.raises(Unreadable) as caught:
        documents(SQUEEZED[:kept], is_gzip=True)
    assert caught.value.refusal.rule == "cut_off"


@pytest.mark.parametrize(
    ("content", "rule", "reason"),
    [
        (A, "format", "not compressed by gzip, though its name ends with .gz"),
        (b"PK\x03\x04", "format", "not compressed by gzip, though its name ends with .gz"),
        (b"\x1f\x8b", "cut_off", "ends too early"),
        (b"\x00" * 9, "cut_off", "ends too early"),
        (b"\x00" * 10, "cut_off", "not gzip, or other bytes follow"),
        (squeeze(A) + b"more", "cut_off", "or a few other bytes follow after its end"),
        (squeeze(A) + b"more than a header", "cut_off", "not gzip, or other bytes follow"),
    ],
    ids=["json", "zip", "magic", "few zeros", "zeros", "little junk after", "junk after"],
)
def test_gzip_that_is_none_is_unreadable(content: bytes, rule: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as caught:
        documents(content, is_gzip=True)
    assert caught.value.refusal.rule == rule


def test_gzip_bomb_is_unreadable() -> None:
    bomb = squeeze(b" " * (65 << 20), 1)
    with pytest.raises(Unreadable, match="expands to more than 200 times its size") as caught:
        documents(bomb, is_gzip=True)
    assert caught.value.refusal.rule == "bomb"


def test_gzip_that_is_small_may_expand_much() -> None:
    squeezed = squeeze(b" " * (8 << 20) + A, 9)
    assert len(squeezed) * 500 < 8 << 20
    assert raws(documents(squeezed, is_gzip=True)) == [(1, A)]


def test_gzip_document_too_large_is_unreadable() -> None:
    squeezed = squeeze(b'{"a":"%b"}' % (b"x" * 2000))
    with pytest.raises(Unreadable, match="larger than 1024 bytes") as caught:
        documents(squeezed, is_gzip=True, limit=1024)
    assert caught.value.refusal.rule == "too_large"
