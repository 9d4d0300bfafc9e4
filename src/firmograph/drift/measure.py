"""Compares documents in ODS with their contract.

DW ignores what a contract does not name, so this is the only place where it is noticed. Memory
grows with the batch and the number of paths, not with the input.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from firmograph.contract.model import Contract
from firmograph.drift import DEFAULT_SAMPLE
from firmograph.drift.findings import (
    Changed,
    Documents,
    Drift,
    SourcePaths,
    Unnamed,
    Vanished,
)
from firmograph.drift.paths import PATH_LIMIT, Node, PathTree, Planted
from firmograph.kernel.document import Refused, parse
from firmograph.lake.raw_data import decode_raw
from firmograph.queries.reader import Reader

SEED = 1


def measure_drift(
    reader: Reader,
    contract: Contract,
    sample: int | None = DEFAULT_SAMPLE,
    seed: int = SEED,
    path_limit: int = PATH_LIMIT,
) -> Drift:
    """Compares documents of one type with their contract.

    Args:
        reader: the snapshot whose ODS is read.
        contract: of the document type.
        sample: how many documents to read, spread over ODS; None for all.
        seed: of the random choice; the same seed gives the same sample.
        path_limit: how many paths that the contract does not name are told apart.
    """
    paths = PathTree(contract, path_limit)
    stored = _count_stored(reader, contract)
    chosen = _choose(reader, contract, sample, seed) if sample and sample < stored else None
    not_objects = without_record = 0
    for document in read_documents(reader, contract, chosen):
        if not isinstance(document, dict):
            not_objects += 1
        elif not paths.read(document):
            without_record += 1
    sampled = stored if chosen is None else len(chosen)
    documents = Documents(stored, sampled, paths.documents, not_objects, without_record)
    return _report(paths, reader.snapshot.snapshot_id, documents)


def _count_stored(reader: Reader, contract: Contract) -> int:
    table = reader.engine.lake.ods_tables[contract.name]
    if table not in reader.names:
        return 0
    last = reader.snapshot.ingest_seq
    sql = f"SELECT count(*) AS stored FROM {table} WHERE ingest_seq <= {last}"
    return int(reader.engine.query(sql, [table])["stored"][0].as_py())


def _choose(reader: Reader, contract: Contract, sample: int, seed: int) -> pa.Array:
    """The `ingest_seq` of a sample: the documents with the smallest hashes, anywhere in ODS."""
    table = reader.engine.lake.ods_tables[contract.name]
    chosen = reader.engine.query(
        f"""
        SELECT ingest_seq
        FROM {table}
        WHERE ingest_seq <= {reader.snapshot.ingest_seq}
        ORDER BY md5('{seed}:' || ingest_seq), ingest_seq
        LIMIT {sample}
        """,
        [table],
    )
    return chosen["ingest_seq"].combine_chunks()


def read_documents(
    reader: Reader, contract: Contract, chosen: pa.Array | None, first: int = 0
) -> Iterator[Any]:
    """Yields the parsed documents; None for one that is not JSON."""
    table = reader.engine.lake.ods_tables[contract.name]
    if table not in reader.names:
        return
    columns = ["raw_data", "raw_encoding", "ingest_seq"]
    spans = [(max(first, 0), reader.snapshot.ingest_seq)]
    for batch in reader.engine.store.read_rows(table, columns, spans):
        wanted = batch
        if chosen is not None:
            wanted = batch.filter(pc.is_in(batch.column("ingest_seq"), value_set=chosen))
        texts, encodings = wanted.column("raw_data"), wanted.column("raw_encoding")
        for text, encoding in zip(texts, encodings, strict=True):
            yield _parsed(decode_raw(text.as_py(), encoding.as_py()))


def _parsed(raw: bytes) -> Any:
    try:
        return parse(raw.decode())
    except (Refused, UnicodeDecodeError):
        return None


def _report(paths: PathTree, snapshot_id: int, documents: Documents) -> Drift:
    nodes = sorted(paths.nodes(), key=lambda node: (-node[1].documents, node[0]))
    leaves = [(path, node) for path, node in nodes if node.is_leaf]
    mapped = sum(isinstance(node, Planted) for _, node in leaves)
    share = mapped / len(leaves) if leaves else None
    return Drift(
        document_type=paths.contract.name,
        snapshot_id=snapshot_id,
        documents=documents,
        source_paths=SourcePaths(len(leaves), mapped, share),
        unnamed=[
            Unnamed(path, node.documents, node.documents / paths.documents, node.example)
            for path, node in leaves
            if not isinstance(node, Planted)
        ],
        vanished=_vanished(paths, nodes) if paths.documents else [],
        changed=_changed(nodes),
        left_out=paths.left_out,
    )


def _vanished(paths: PathTree, nodes: Iterable[tuple[str, Node]]) -> list[Vanished]:
    """Named paths that were not seen, first those without an alternative that was seen."""
    vanished = [
        Vanished(path, node.named_by, paths.is_read_elsewhere(node))
        for path, node in nodes
        if isinstance(node, Planted) and node.named_by and not node.documents
    ]
    return sorted(vanished, key=lambda found: found.read_elsewhere)


def _changed(nodes: Iterable[tuple[str, Node]]) -> list[Changed]:
    changed = [
        Changed(path, sorted(node.allowed), kind, count, node.examples[kind], node.named_by)
        for path, node in nodes
        if isinstance(node, Planted)
        for kind, count in node.changes.most_common()
    ]
    return sorted(changed, key=lambda found: -found.count)
