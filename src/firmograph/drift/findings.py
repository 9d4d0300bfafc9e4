"""What a comparison of documents with their contract found."""

from dataclasses import dataclass

DEFAULT_SAMPLE = 1_000
"""How many documents of a type are looked at unless something else is asked for."""


@dataclass(frozen=True)
class Documents:
    """Documents of one type.

    Attributes:
        stored: in ODS, up to the snapshot's last one, including refused and withdrawn ones.
        sampled: looked at.
        read: sampled ones in which a record was found.
        not_objects: skipped, since they are not JSON objects.
        without_record: skipped, since they have no record of the right shape.
    """

    stored: int
    sampled: int
    read: int
    not_objects: int
    without_record: int


@dataclass(frozen=True)
class SourcePaths:
    """Leaf paths seen: with a plain value at least once, or with nothing below.

    Attributes:
        seen: how many.
        mapped: those that the contract names.
        share: of the mapped ones; None where nothing was seen.
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
        named_by: what names it, as ``table.column``.
        read_elsewhere: whether all of those have an alternative that was seen.
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
        count: of values found with it, which may be converted, with a warning, or refused.
        example: one of them.
        named_by: what names it; nothing where the contract only passes through.
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
        documents: how many were looked at.
        source_paths: how many of the paths seen are mapped.
        unnamed: paths the contract doesn't name.
        vanished: named paths that were not seen.
        changed: named paths with another JSON type.
        left_out: values at paths beyond those that are distinguished.
    """

    document_type: str
    snapshot_id: int
    documents: Documents
    source_paths: SourcePaths
    unnamed: list[Unnamed]
    vanished: list[Vanished]
    changed: list[Changed]
    left_out: int
