"""Checks a contract's paths against the documents that ODS holds."""

from collections.abc import Iterator

from firmograph.contract.model import Contract
from firmograph.drift import DEFAULT_SAMPLE
from firmograph.drift.measure import read_documents
from firmograph.drift.paths import PathTree, Planted
from firmograph.errors import ContractError
from firmograph.queries.reader import Reader


def check_paths(reader: Reader, contract: Contract, newest: int = DEFAULT_SAMPLE) -> None:
    """Checks that no column's path leads to objects or lists, and never to a value.

    Args:
        reader: the snapshot whose ODS is read.
        contract: of the document type; it need not be the one in force.
        newest: how many of the newest documents are read.

    Raises:
        ContractError: naming each of these columns.
    """
    table = reader.engine.lake.ods_tables.get(contract.name)
    if table is None or table not in reader.names:
        return
    seq = reader.snapshot.ingest_seq
    sql = f"SELECT max(ingest_seq) AS last FROM {table} WHERE ingest_seq <= {seq}"
    last = reader.engine.query(sql, [table])["last"][0].as_py() or 0
    paths = PathTree(contract)
    for document in read_documents(reader, contract, None, first=max(0, last - newest + 1)):
        if isinstance(document, dict):
            paths.read(document)
    if faults := list(_misread(paths)):
        raise ContractError(
            "\n".join(f"{contract.name}: {fault}" for fault in faults),
            hint="name the place of a value below it, such as websiteAddress[].url",
        )


def _misread(paths: PathTree) -> Iterator[str]:
    """Yields a sentence for each column that finds objects or lists, and never a value."""
    for path, node in sorted(paths.nodes(), key=lambda found: found[0]):
        if not isinstance(node, Planted) or not node.read or node.holds_plain:
            continue
        for kind, word in (("array", "a list"), ("object", "an object")):
            if node.changes[kind]:
                for name in node.named_by:
                    yield f"{name} reads {path}, which is {word} in ODS, and never a value"
