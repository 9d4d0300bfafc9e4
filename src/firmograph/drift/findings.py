"""The result of comparing documents with their contract."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Documents:
    """The documents of one type.

    Attributes:
        stored: how many are in ODS up to the snapshot, including refused and withdrawn ones.
        sampled: how many were chosen.
        read: how many of these have a record.
        not_objects: how many were skipped because they are not JSON objects.
        without_record: how many were skipped because they have no record of the right shape.
    """

    stored: int
    sampled: int
    read: int
    not_objects: int
    without_record: int


@dataclass(frozen=True)
class SourcePaths:
    """Leaf paths seen: those with a plain value at least once, or with nothing below.

    Attributes:
        seen: how many there are.
        mapped: how many of these the contract names.
        share: of the mapped ones; None if no path was seen.
    """

    seen: int
    mapped: int
    share: float | None


@dataclass(frozen=True)
class Unnamed:
    """A leaf path the contract doesn't name; `share` is of the documents read."""

    path: str
    documents: int
    share: float
    example: str | None


@dataclass(frozen=True)
class Vanished:
    """A path the contract names that is in no document read, not even as null.

    Attributes:
        path: the path.
        named_by: the entries of the contract that name it, as ``table.column``.
        read_elsewhere: whether each of these has an alternative path that was seen.
    """

    path: str
    named_by: list[str]
    read_elsewhere: bool


@dataclass(frozen=True)
class Changed:
    """A path the contract names that was found with a JSON type it doesn't allow there.

    Attributes:
        path: the path.
        allowed: JSON types.
        found: the other JSON type.
        count: of the values of this type, which are converted with a warning, or refused.
        example: one of these values.
        named_by: the entries of the contract that name it; empty if it only leads to a named path.
    """

    path: str
    allowed: list[str]
    found: str
    count: int
    example: str
    named_by: list[str]


@dataclass(frozen=True)
class Drift:
    """How the documents of one type differ from their contract; most frequent first.

    Attributes:
        document_type: as its contract is named.
        snapshot_id: the snapshot ODS was read at.
        documents: how many were read.
        source_paths: how many of the paths seen are mapped.
        unnamed: paths the contract doesn't name.
        vanished: named paths that were not seen.
        changed: named paths with another JSON type.
        left_out: how many values are at further paths, which are not told apart.
    """

    document_type: str
    snapshot_id: int
    documents: Documents
    source_paths: SourcePaths
    unnamed: list[Unnamed]
    vanished: list[Vanished]
    changed: list[Changed]
    left_out: int
