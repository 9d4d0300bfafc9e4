"""Whether a file ends too early, and that it is then deferred, or refused as what it is."""

import os
from collections.abc import Iterable
from dataclasses import replace

import pytest
from archives import documents, squeeze
from conftest import Project
from hypothesis import given
from hypothesis import strategies as st

from firmograph.sources.cut_off import breaks_off, mark_cut_off
from firmograph.sources.split import FilePlace, RawDocument, Refusal

DOCUMENT = '{"a": [1.5e-3, true, null, -2, "é \\" } \\u00e9", {"b": {}}], "c": 12}'.encode()
A = b'{"duns":"100000001","primaryName":"A"}'
B = b'{"duns":"100000002","primaryName":"B"}'
AT = FilePlace(3, 1, 80)
BAD_A, BAD_B = RawDocument(1, A[:-1], AT), RawDocument(2, B[:-1], AT)
NOT_CLOSED = Refusal(
    "cut_off", "document 2, which begins in line 3, is not closed: the file may be cut off"
)


@given(st.integers(1, len(DOCUMENT) - 1))
def test_document_cut_anywhere_breaks_off(size: int) -> None:
    assert breaks_off(DOCUMENT[:size])


@pytest.mark.parametrize(
    "raw",
    [
        DOCUMENT,
        b"",
        b"[]",
        b'{"a": }',
        b'{"a": "x"y"',
        b'{"a": 1} {"a',
        b'{"a": NaN',
        b"\x1f\x8b\x08",
        b"12",
        b"tru",
    ],
)
def test_whole_or_faulty_document_does_not_break_off(raw: bytes) -> None:
    assert not breaks_off(raw)


@pytest.mark.parametrize(
    ("parts", "marked"),
    [
        ([], []),
        ([RawDocument(1, A), RawDocument(2, B)], [RawDocument(1, A), RawDocument(2, B)]),
        ([RawDocument(1, A), BAD_B], [RawDocument(1, A), NOT_CLOSED]),
        ([BAD_A, RawDocument(2, B)], [BAD_A, RawDocument(2, B)]),
        ([BAD_A, NOT_CLOSED], [NOT_CLOSED]),
        ([RawDocument(1, A), NOT_CLOSED], [RawDocument(1, A), NOT_CLOSED]),
    ],
    ids=["nothing", "whole", "last", "not the last", "array", "array between elements"],
)
def test_only_the_last_document_is_marked(
    parts: Iterable[RawDocument | Refusal], marked: list[RawDocument | Refusal]
) -> None:
    assert list(mark_cut_off(parts)) == marked


def test_end_of_a_sound_document_is_not_looked_for_again() -> None:
    # no splitter yields this: one that did not see the end of a document says where it begins
    parts = [RawDocument(1, A[:-1])]
    assert list(mark_cut_off(parts)) == parts


def test_compressed_file_may_hold_a_document_that_breaks_off() -> None:
    (found,) = documents(squeeze(A[:-5]), is_gzip=True)
    assert isinstance(found, Refusal)
    assert found.rule == "cut_off"


CUT = {
    "a_data_blocks_20260504.json": A[:-9],
    "b_data_blocks_20260504.json": b'{"organization":{"duns":"100000001"}',
    "c_data_blocks_20260504.json.gz": squeeze(A)[:-9],
    "d_data_blocks_20260504.jsonl": A + b"\n" + B[:-5],
    "e_data_blocks_20260504.json": b"[" + A + b"," + B,
}


def test_file_that_ends_too_early_waits_while_it_is_young(project: Project) -> None:
    project.limits = replace(project.limits, settle_seconds=60)
    for name, content in CUT.items():
        project.drop(name, content)
    project.drop("z_data_blocks_20260504.json", b'{"duns": }')  # faulty, but not cut off
    report = project.run()
    assert dict(report.totals.files) == {"deferred": 5, "ingested": 1}
    assert project.names(project.folders.uploads) == sorted(CUT)
    assert report.notes[0].startswith("deferred: a_data_blocks_20260504.json: it ends too early")
    for name in CUT:
        path = project.folders.uploads / name
        os.utime(path, (0, path.stat().st_mtime - 61))
    report = project.run()
    assert dict(report.totals.files) == {"unreadable": 3, "ingested": 2}
    assert project.names(project.folders.quarantined) == sorted(CUT)[:3]
    assert report.totals.documents.received == 3
    rows = project.sql("SELECT rule, scope FROM tb_quarantine_files WHERE rule <> 'malformed'")
    assert rows == [{"rule": "cut_off", "scope": "file"}] * 5
    assert project.sql("SELECT duns FROM dw_company_data ORDER BY duns") == [
        {"duns": "100000001"},
        {"duns": "100000002"},
    ]
