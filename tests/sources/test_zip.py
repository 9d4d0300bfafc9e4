import io
import zipfile
from collections import Counter

import pytest
from archives import documents, raws, refused_parts, squeeze, with_header, zipped
from conftest import Project
from documents import organization, response
from hypothesis import example, given
from hypothesis import strategies as st

from firmograph.engine.base import RowCounts
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.run import run
from firmograph.sources.split import RawDocument, Refusal, Unreadable

A, B, C = b'{"a":1}', b'{"b":2}', b'{"c":3}'
FLAGS, METHOD = 6, 8
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


class Ended(ProgressListener):
    """A process that ends between ODS and the snapshot."""

    def table(self, name: str, changes: RowCounts) -> None:
        del name, changes
        raise KeyboardInterrupt


def test_zip_documents_are_numbered_through_sorted_members() -> None:
    archive = zipped(
        {
            "sub/c.ndjson": b"\xef\xbb\xbf" + C + b"\n" + A + b"\n",
            "B.JSON": b"\xef\xbb\xbf" + B + b"\n",
            "d.jsonl.gz": squeeze(A + b"\n\n" + B),
            "a.json": b"[" + A + b"," + C + b"]",
        }
    )
    found = documents(archive, is_zip=True)
    assert raws(found) == [(1, B), (2, A), (3, C), (4, A), (5, B), (6, C), (7, A)]
    assert refused_parts(found) == []


def test_zip_folders_and_hidden_members_are_ignored() -> None:
    archive = zipped(
        {
            "sub/": b"",
            "__MACOSX/._a.json": b"\0\5\26\7",
            "a.json.part": A,
            ".b.json": B,
            "c.json": C,
        }
    )
    found = documents(archive, is_zip=True)
    assert (raws(found), refused_parts(found)) == ([(1, C)], [])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("b.zip", zipped({"x.json": B})),
        ("b.txt", B),
        ("b.xml", b"<a/>"),
        ("b.json.gz", squeeze(B * 1000)[:-9]),
        ("b.json.gz", B),
        ("b.jsonl.gz", squeeze(b" " * (65 << 20), 1)),
    ],
    ids=["zip", "text", "xml", "gzip cut off", "no gzip", "gzip bomb"],
)
def test_zip_bad_member_is_one_refusal(name: str, content: bytes) -> None:
    found = documents(zipped({"a.json": A, name: content, "c.json": C}), is_zip=True)
    assert raws(found) == [(1, A), (2, C)]
    rule = "bomb" if len(content) > 10_000 else "member"
    assert refused_parts(found) == [(rule, name)]


@pytest.mark.parametrize(
    ("offset", "field"),
    [(FLAGS, b"\x01\x00"), (METHOD, b"\x63\x00"), (14, b"\xde\xad\xbe\xef"), (METHOD, b"\x08\x00")],
    ids=["encrypted", "unknown method", "wrong checksum", "broken deflate"],
)
def test_zip_member_that_cannot_be_read_is_one_refusal(offset: int, field: bytes) -> None:
    archive = with_header(zipped({"b.json": B, "c.json": C}), offset, field)
    found = documents(archive, is_zip=True)
    assert raws(found) == [(1, C)]
    assert refused_parts(found) == [("member", "b.json")]


@pytest.mark.parametrize("method", METHODS[1:], ids=["deflate", "bzip2", "lzma"])
def test_zip_member_with_broken_compression_is_one_refusal(method: int) -> None:
    archive = bytearray(zipped({"b.json": B * 100, "c.json": C}, method))
    data = archive.index(b"b.json") + len(b"b.json")
    archive[data + 9 : data + 15] = b"\xff" * 6
    found = documents(bytes(archive), is_zip=True)
    assert raws(found) == [(1, C)]
    assert refused_parts(found) == [("member", "b.json")]


def test_zip_bomb_is_one_refusal() -> None:
    bomb = zipped({"a.json": A, "b.json": b" " * (70 << 20), "c.json": C}, zipfile.ZIP_DEFLATED)
    found = documents(bomb, is_zip=True)
    assert raws(found) == [(1, A), (2, C)]
    assert refused_parts(found) == [("bomb", "b.json")]


def test_zip_member_with_a_document_too_large_is_one_refusal() -> None:
    members = {"a.json": A, "b.json": b'{"b":"%b"}' % (b"x" * 5000), "c.json": C}
    found = documents(zipped(members), is_zip=True, limit=1024)
    assert raws(found) == [(1, A), (2, C)]
    assert refused_parts(found) == [("too_large", "b.json")]


def test_zip_member_with_an_open_array_keeps_its_documents() -> None:
    found = documents(zipped({"a.json": b"[" + A + b"," + B, "c.json": C}), is_zip=True)
    assert raws(found) == [(1, A), (2, B), (3, C)]
    assert refused_parts(found) == [("cut_off", "a.json")]


@pytest.mark.parametrize(
    ("cut", "what"),
    [
        (b"[" + A + b',{"b":', "the array"),
        (b"[" + A + b"," + B[:-1], "the array"),
        (A + b'\n{"b"', "document 2, which begins in line 2,"),
    ],
)
def test_zip_member_cut_off_in_a_document_is_one_refusal(cut: bytes, what: str) -> None:
    found = documents(zipped({"a.json": cut, "c.json": C}), is_zip=True)
    assert raws(found) == [(1, A), (2, C)]
    (refusal,) = (part for part in found if isinstance(part, Refusal))
    assert (refusal.rule, refusal.part) == ("cut_off", "a.json")
    assert refusal.reason == f"member 'a.json': {what} is not closed: the file may be cut off"


@pytest.mark.parametrize(
    "content",
    [b"", A, b"PK\x03\x04", zipped({"a.json": A})[:-10], zipped({"a.json": A})[:20]],
    ids=["nothing", "json", "magic", "end cut off", "beginning"],
)
def test_zip_that_is_none_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        documents(content, is_zip=True)
    assert caught.value.refusal.rule == ("format" if content == A else "cut_off")


def broken(content: bytes, edits: list[tuple[int, int]], kept: int | None) -> bytes:
    changed = bytearray(content)
    for place, value in edits:
        changed[place % len(changed)] = value
    return bytes(changed[:kept])


def outcome(content: bytes, **kind: bool) -> list[RawDocument | Refusal] | str:
    """The parts of an upload, or the rule that refuses it whole."""
    try:
        return documents(content, **kind)
    except Unreadable as error:
        return error.refusal.rule


edits = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=3)
cuts = st.none() | st.integers(0, 1200)


@given(st.sampled_from(METHODS), edits, cuts)
@example(zipfile.ZIP_BZIP2, [(60, 255)], None)
@example(zipfile.ZIP_STORED, [], None)
def test_zip_broken_anywhere_gives_its_documents_as_they_were_or_refuses_them(
    method: int, changes: list[tuple[int, int]], kept: int | None
) -> None:
    """A checksum guards each member: no document comes out changed, and none is lost in silence."""
    members = {"ä.json": A * 9, "b.jsonl.gz": squeeze(B), "c.json": C * 9}
    content = broken(zipped(members, method), changes, kept)
    found = outcome(content, is_zip=True)
    if isinstance(found, str):
        assert found == "cut_off"
        assert content != zipped(members, method)
        return
    assert Counter(raw for _, raw in raws(found)) <= Counter({A: 9, B: 1, C: 9})
    assert [number for number, _ in raws(found)] == list(range(1, len(raws(found)) + 1))
    assert {rule for rule, _ in refused_parts(found)} <= {"member", "cut_off", "bomb"}
    if set(zipfile.ZipFile(io.BytesIO(content)).namelist()) == members.keys():
        assert len(found) >= len(members)
    if content == zipped(members, method):
        assert [raw for _, raw in raws(found)] == [B, *[C] * 9, *[A] * 9]


@given(edits, cuts)
@example([], None)
def test_gzip_broken_anywhere_gives_its_documents_as_they_were_or_is_unreadable(
    changes: list[tuple[int, int]], kept: int | None
) -> None:
    first, second = squeeze(A), squeeze(b"\n" + B)
    content = broken(first + second, changes, kept)
    found = outcome(content, is_gzip=True)
    if isinstance(found, str):
        assert found == ("cut_off" if content[:2] == first[:2] else "format")
        assert content != first + second
    elif len(content) > len(first):
        assert raws(found) == [(1, A), (2, B)]
    else:
        assert raws(found) == ([(1, A)] if content else [])


def test_zip_with_a_bad_member_is_published_and_reported(project: Project) -> None:
    document = response(organization())
    project.drop("a_data_blocks_20260301.json", document)
    good = project.drop("b", response(organization("100000002", "Bernina AG"))).read_bytes()
    (project.folders.uploads / "b").unlink()
    project.drop("b_data_blocks_20260301.zip", zipped({"b.json": good, "inner.zip": b"PK"}))
    report = project.run()
    assert report.status == "refused"
    assert report.totals.files == {"ingested": 2}
    assert project.sql("SELECT duns FROM dw_company_data ORDER BY duns") == [
        {"duns": "100000001"},
        {"duns": "100000002"},
    ]
    assert project.sql("SELECT file_name, scope, rule, value FROM tb_quarantine_files") == [
        {
            "file_name": "b_data_blocks_20260301.zip",
            "scope": "file",
            "rule": "member",
            "value": "inner.zip",
        }
    ]


def test_zip_bad_member_is_reported_though_the_run_ended_early(project: Project) -> None:
    project.drop("b_data_blocks_20260301.zip", zipped({"a.json": b"{}", "inner.zip": b"PK"}))
    with pytest.raises(KeyboardInterrupt):
        run(project.storages, project.limits, project.contracts, Ended())
    project.run()
    rows = project.sql("SELECT rule, value FROM tb_quarantine_files WHERE scope = 'file'")
    assert rows == [{"rule": "member", "value": "inner.zip"}]


@pytest.mark.parametrize("name", [b"\xc3.json", b"a\x00.json"])
def test_zip_with_a_broken_name_stops_nothing_else(project: Project, name: bytes) -> None:
    archive = zipped({"ä.json": A}).replace("ä.json".encode(), name.ljust(7, b"x")[:7])
    project.drop("a_data_blocks_20260301.zip", archive)
    project.drop("b_data_blocks_20260301.json", response(organization()))
    report = project.run()
    assert report.status == "refused"
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000001"}]
