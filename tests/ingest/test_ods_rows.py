"""Rows of ODS are collected by column, and taken as the table that they would make one by one."""

from datetime import UTC, date, datetime

from firmograph.contract.registry import load_contracts
from firmograph.ingest.exchange import IngestContext, SourceFile
from firmograph.ingest.ods_rows import OdsRows
from firmograph.kernel.result import Result
from firmograph.lake.tuning import Tuning
from firmograph.staging.batches import DocumentRef
from firmograph.staging.schema import DocumentRow, documents_of

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
TIME = datetime(2026, 4, 1, 8, 0, 0, 5, tzinfo=UTC)
CONTEXT = IngestContext("the-run", NOW, (), "/root", 1 << 20, Tuning())


def source(name: str) -> SourceFile:
    path = f"uploads/{name}_data_blocks_20260301.json"
    facts = (name, path.removeprefix("uploads/"), path, f"hash of {name}")
    return SourceFile("data_blocks", *facts, date(2026, 3, 1), None, NOW)


def add(rows: OdsRows, file: SourceFile, seq: int, number: int, raw: bytes) -> None:
    ref = DocumentRef("data_blocks", seq, f"document {seq}", file.file_name, number)
    rows.add(file, ref, raw, Result(f"{seq:09}", TIME), None)


def test_facts_of_a_file_are_repeated_for_each_of_its_documents() -> None:
    rows = OdsRows(CONTEXT)
    one, two = source("one"), source("two")
    add(rows, one, 7, 1, b"{}")
    add(rows, two, 8, 1, '{"a": "é"}'.encode())
    add(rows, two, 9, 3, b'{"a": "\xff"}')
    assert len(rows) == 3
    first, second, third = rows.take().to_pylist()
    assert first == {
        "company_name": "one",
        "file_name": "one_data_blocks_20260301.json",
        "file_path": "uploads/one_data_blocks_20260301.json",
        "raw_data": "{}",
        "load_timestamp": NOW,
        "document_id": "document 7",
        "file_sha256": "hash of one",
        "record_number": 1,
        "ref_date": date(2026, 3, 1),
        "source_timestamp": TIME,
        "entity_id": "000000007",
        "page_number": None,
        "raw_encoding": "utf-8",
        "run_id": "the-run",
        "ingest_seq": 7,
    }
    assert (second["company_name"], second["raw_data"]) == ("two", '{"a": "é"}')
    assert (third["file_sha256"], third["record_number"]) == ("hash of two", 3)
    assert (third["raw_data"], third["raw_encoding"]) == ("eyJhIjogIv8ifQ==", "base64")
    assert (third["run_id"], third["load_timestamp"]) == ("the-run", NOW)


def test_many_documents_keep_their_order_and_are_taken_once() -> None:
    rows = OdsRows(CONTEXT)
    file = source("many")
    for number in range(1, 101):
        add(rows, file, number, number, str(number).encode())
    found = rows.take()
    assert found["raw_data"].to_pylist() == [str(number) for number in range(1, 101)]
    assert found["ingest_seq"].to_pylist() == list(range(1, 101))
    assert found["file_name"].unique().to_pylist() == ["many_data_blocks_20260301.json"]
    add(rows, file, 101, 101, b"last")
    assert rows.take()["raw_data"].to_pylist() == ["last"]
    assert len(rows) == 0


def test_row_of_a_document_is_in_the_order_of_its_relation() -> None:
    for contract in load_contracts().values():
        assert tuple(documents_of(contract).schema.names[:9]) == DocumentRow._fields
