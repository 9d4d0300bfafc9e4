"""The catalogue of rules: every rule that a refusal or a finding can name, and what to do about it.

``docs/quarantine.md`` is generated from it. The two literal types let mypy find a rule that is not
declared here.
"""

from enum import StrEnum
from typing import Literal, NamedTuple

RefusalRule = Literal[
    "bomb",
    "candidate",
    "cut_off",
    "discarded",
    "empty",
    "encoding",
    "format",
    "internal",
    "key",
    "malformed",
    "mandatory",
    "member",
    "no_members",
    "shape",
    "source_time",
    "too_large",
    "type",
    "vendor_error",
]
FindingRule = Literal[
    "ambiguous",
    "branches_now_excluded",
    "count_changed",
    "count_differs",
    "cycle",
    "duplicate_key",
    "expected",
    "incomplete",
    "level_jump",
    "number_as_text",
    "orphan",
    "second_root",
    "single_object",
    "text_as_boolean",
    "text_as_number",
]


class Scope(StrEnum):
    """What is refused."""

    FILE = "file"
    DOCUMENT = "document"
    ELEMENT = "element"


class RuleEntry(NamedTuple):
    """One rule of the catalogue.

    Attributes:
        name: as in the column `rule` of ``tb_quarantine_files`` and ``tb_data_quality``.
        scopes: what it refuses; nothing if it is the rule of a finding.
        meaning: what is wrong.
        action: what to do.
    """

    name: str
    scopes: tuple[Scope, ...]
    meaning: str
    action: str


_FILE, _DOCUMENT, _ELEMENT = (Scope.FILE,), (Scope.DOCUMENT,), (Scope.ELEMENT,)
_PARTS = (*_DOCUMENT, *_ELEMENT)
_RETRY = "`firmograph quarantine retry`"
_RESEND = "Deliver the file again"

REFUSAL_RULES = (
    # a file, or a part of it
    RuleEntry(
        "bomb",
        _FILE,
        "The compressed file expands to more than 200 times its size. It was not read further.",
        "Check where it came from. If it is genuine, decompress it and deliver the `.json` or "
        "`.jsonl` file itself.",
    ),
    RuleEntry(
        "cut_off",
        _FILE,
        "The file ends too early, or a compressed file is damaged: usually an interrupted copy or "
        "a full disk at the sender.",
        f"{_RESEND}, complete. No document of a damaged compressed file was read.",
    ),
    RuleEntry(
        "empty",
        _FILE,
        "The file contains no document: it has no bytes, white space only, or an empty array.",
        "Ask the sender whether the export failed; nothing is lost here.",
    ),
    RuleEntry(
        "format",
        _FILE,
        "The file holds something else than JSON: an HTML page, a compressed file under a name "
        "that does not say so, a PDF. The reason says what it is.",
        "Deliver it under the right name; if a page was saved instead of data, repeat the request.",
    ),
    RuleEntry(
        "member",
        _FILE,
        "A file in a `.zip` archive has a name that is not one of the endings read, or it is "
        "damaged or encrypted. The other files of the archive were read.",
        "Deliver that file by itself, or the archive again with it repaired.",
    ),
    RuleEntry(
        "too_large",
        _FILE,
        "A single document in the file is larger than `max_document_bytes`. No document of the "
        "file was read.",
        "If the document is genuine, raise `max_document_bytes` and deliver the file again; "
        "often it is a file with a missing closing bracket.",
    ),
    # a document
    RuleEntry(
        "candidate",
        _DOCUMENT,
        "The document is an answer of a match or a search. Its candidates are guesses with a few "
        "values each, not records of companies; published, they would empty what is known.",
        "Choose the right candidate, request its record by its D-U-N-S number and deliver that; "
        "then discard this one.",
    ),
    RuleEntry(
        "encoding",
        (Scope.FILE, Scope.DOCUMENT),
        "The bytes are not UTF-8, which JSON is written in.",
        "Save the file as UTF-8 and deliver it again.",
    ),
    RuleEntry(
        "internal",
        _DOCUMENT,
        "The program failed while it read this document: a fault of firmograph. The reason names "
        "the place in the code.",
        f"Report it with the reason. After an upgrade, {_RETRY}.",
    ),
    RuleEntry(
        "malformed",
        _DOCUMENT,
        "The text is not JSON: a missing comma, quote or bracket, a word such as `NaN`, or nested "
        "too deeply. Line, column and the text there are given.",
        "Have the sender export it again rather than repair it by hand.",
    ),
    RuleEntry(
        "mandatory",
        _PARTS,
        "A value without which the row cannot be identified is missing: its key, or one that the "
        "contract declares `mandatory`.",
        "Request the record from the vendor again. If the value is elsewhere in the document, add "
        f"that path to the contract, then {_RETRY}.",
    ),
    RuleEntry(
        "no_members",
        _DOCUMENT,
        "A page of a family tree lists no member that can be used, although the family has some. "
        "Published, it would delete the members that are known.",
        "Request the tree with its members and deliver that; then discard this one. An answer "
        "that only counts members need not be delivered.",
    ),
    RuleEntry(
        "shape",
        _PARTS,
        "Text, a number, a list or an object stands where the contract expects another of these; "
        "or the document holds no record.",
        "Check that the file's name has the right document type. If the vendor's format has "
        f"changed, adapt the contract, then {_RETRY}.",
    ),
    RuleEntry(
        "source_time",
        _DOCUMENT,
        "The document's own time is more than a day after it was loaded. It would override every "
        "later delivery.",
        "Check the clock of this machine. If it was wrong, correct it, then "
        f"{_RETRY}; else request the record again.",
    ),
    RuleEntry(
        "type",
        _PARTS,
        "A value does not fit the type of its column. The value seen and what is allowed are "
        "given.",
        "Request the record again. If the value is right, change the column's type in the "
        f"contract, then {_RETRY}.",
    ),
    RuleEntry(
        "vendor_error",
        _DOCUMENT,
        "The vendor answered with an error, which was saved instead of data. Its code and message "
        "are given.",
        "Repeat the request once the cause is removed, then discard this one.",
    ),
    RuleEntry(
        "discarded",
        tuple(Scope),
        "Somebody closed the refusal with `firmograph quarantine discard`; the reason is theirs.",
        "Nothing.",
    ),
    # an element of a list
    RuleEntry(
        "key",
        _ELEMENT,
        "Two elements of a list have the same key and different values. The first was kept, this "
        "one was not.",
        "If both are genuine, add a column to the table's key in a contract of your own.",
    ),
)
"""The rules for which files, documents and elements of lists are refused."""

FINDING_RULES = (
    # a value
    RuleEntry(
        "ambiguous",
        (),
        "Several elements of a list match what a column picks. The first one with a value was "
        "taken.",
        "Look at the documents. If another element is meant, make the path in the contract pick "
        "it by its code.",
    ),
    RuleEntry(
        "duplicate_key",
        (),
        "An object holds a key twice. The last value was taken; the one it hides is given.",
        "Look at the document: two records may have been merged into one. Have the sender export "
        "it again if the hidden value is the right one.",
    ),
    RuleEntry(
        "expected",
        (),
        "A value that the contract declares `expected` is missing, although the document covers "
        "the table. The column is NULL.",
        "If many are missing, ask the vendor; if the value is never delivered, remove the rule "
        "from the contract.",
    ),
    RuleEntry(
        "number_as_text",
        (),
        "A number stands where text is expected. It was taken as it is written; leading zeros "
        "may have been lost before it was delivered.",
        "Check the value for lost zeros, and have the sender write it in quotes.",
    ),
    RuleEntry(
        "single_object",
        (),
        "One object stands where a list is expected. It was taken as a list of one.",
        "Nothing, if the value is right.",
    ),
    RuleEntry(
        "text_as_boolean",
        (),
        'Text such as `"true"` stands where `true` or `false` is expected. It was converted.',
        "Nothing, if the value is right.",
    ),
    RuleEntry(
        "text_as_number",
        (),
        'Text such as `"12"` stands where a number is expected. It was converted.',
        "Nothing, if the value is right.",
    ),
    # a family tree
    RuleEntry(
        "branches_now_excluded",
        (),
        "A tree has fewer members than before because branches were excluded from the request. "
        "The branches were removed from the table.",
        "If they are wanted, request the tree with its branches.",
    ),
    RuleEntry(
        "count_changed",
        (),
        "The pages of one tree state different numbers of members. The newest is taken.",
        "Usual when the family changed between two requests. Request the tree again if members "
        "are missed.",
    ),
    RuleEntry(
        "count_differs",
        (),
        "A tree has all of its pages, and not as many members as the vendor states.",
        "A small difference is usual: the family changed between two requests. Else request the "
        "tree again.",
    ),
    RuleEntry(
        "cycle",
        (),
        "Members of a tree are their own ancestors.",
        "Request the tree again; if it stays, report it to the vendor.",
    ),
    RuleEntry(
        "incomplete",
        (),
        "Pages or members of a tree's newest delivery are missing. If an older delivery is "
        "complete, its members stay; the reason says what is missing.",
        "Deliver the missing pages, or request the tree again.",
    ),
    RuleEntry(
        "level_jump",
        (),
        "A member's hierarchy level is not one below its parent's.",
        "Do not rely on the level of this member; use its parent.",
    ),
    RuleEntry(
        "orphan",
        (),
        "A member's parent is not in the tree.",
        "If branches were excluded this is usual; else request the tree again.",
    ),
    RuleEntry(
        "second_root",
        (),
        "A member other than the global ultimate has no parent.",
        "Request the tree again; if it stays, report it to the vendor.",
    ),
)
"""The rules of findings: warnings that are counted, each with examples."""
