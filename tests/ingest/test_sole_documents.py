"""A file that is one document, as most are: it is decoded once, and kept as if it were split."""

import hashlib
import json
from dataclasses import replace

import pytest
from conftest import Project
from documents import organization, response

from firmograph.sources import cut_off, split

NAME = "acme_data_blocks_20260301.json"
A = json.dumps(response(organization("100000001"))).encode()
B = json.dumps(response(organization("100000002"))).encode()


def kept(project: Project) -> list[tuple[str | None, int]]:
    rows = project.sql("SELECT entity_id, record_number FROM ods_datablocks_raw ORDER BY ALL")
    return [(row["entity_id"], row["record_number"]) for row in rows]


def test_sound_file_is_decoded_by_the_kernel_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(split, "is_document")
    monkeypatch.delattr(cut_off, "is_beginning")
    project.drop(NAME, A)
    report = project.run()
    assert report.totals.documents.published == 1
    assert kept(project) == [("100000001", 1)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (A + B, [("100000001", 1), ("100000002", 2)]),
        (A + b"\n" + B + b"\n", [("100000001", 1), ("100000002", 2)]),
        (A + b"}", [(None, 1)]),
        (b'{"organization": }' + b"\n" + A, [("100000001", 2), (None, 1)]),
        (b'{"organization": }', [(None, 1)]),
        (b"{}", [(None, 1)]),
    ],
    ids=["side by side", "lines", "one brace too many", "bad first", "bad", "empty"],
)
def test_file_that_only_begins_and_ends_like_a_document_is_split(
    content: bytes, expected: list[tuple[str | None, int]], project: Project
) -> None:
    project.drop(NAME, content)
    project.run()
    assert kept(project) == expected


def test_space_at_the_end_of_a_file_is_not_of_its_document(project: Project) -> None:
    project.drop(NAME, A + b" \r\n")
    project.run()
    (row,) = project.sql("SELECT document_id, file_sha256, raw_data FROM ods_datablocks_raw")
    assert row["raw_data"].encode() == A
    assert row["document_id"] == hashlib.sha256(A).hexdigest()
    assert row["file_sha256"] == hashlib.sha256(A + b" \r\n").hexdigest()


@pytest.mark.parametrize(
    ("limit", "files"), [(len(A), {"ingested": 1}), (len(A) - 1, {"unreadable": 1})]
)
def test_largest_document_may_have_space_after_it(
    limit: int, files: dict[str, int], project: Project
) -> None:
    project.limits = replace(project.limits, max_document_bytes=limit)
    project.drop(NAME, A + b"\n" * 9)
    assert project.run().totals.files == files
