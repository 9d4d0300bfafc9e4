"""The rules for which files, documents and elements of lists are refused."""

from firmograph.contract.rules import RuleEntry, Scope

_FILE, _DOCUMENT, _ELEMENT = (Scope.FILE,), (Scope.DOCUMENT,), (Scope.ELEMENT,)
_PARTS = (*_DOCUMENT, *_ELEMENT)
_RETRY = "`firmograph quarantine retry`"
_RETRY_ALL = f"{_RETRY}; if only an element of a list is refused, `firmograph rebuild`"
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
        f"{_RESEND}, complete. Documents before the damage were taken in; of a damaged `.gz` "
        "none was.",
    ),
    RuleEntry(
        "empty",
        _FILE,
        "The file, or a file in an archive, contains no document: it has no bytes, white space "
        "only, or an empty array.",
        "Ask the sender whether the export failed; nothing is lost here.",
    ),
    RuleEntry(
        "format",
        _FILE,
        "The file is not what its name says: an HTML page or a PDF instead of JSON, a compressed "
        "file without `.gz`, or a file with `.gz` that is not compressed. The reason says what it "
        "is.",
        "If only the name is wrong, `firmograph redeliver ID --as NAME`; if a page was saved "
        "instead of data, repeat the request.",
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
        "contract declares `mandatory`. White space and the contract's `missing_values` count as "
        "missing.",
        "Request the record from the vendor again. If the value is elsewhere in the document, add "
        f"that path to the contract, then {_RETRY_ALL}.",
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
        f"changed, adapt the contract, then {_RETRY_ALL}.",
    ),
    RuleEntry(
        "source_time",
        _DOCUMENT,
        "The document's time is more than a day after it was loaded. It would override every "
        "later delivery. A document without a time of its own has the date in its file's name.",
        "Check the clock of this machine. If it was wrong, correct it, then "
        f"{_RETRY}. If the name has a wrong date, `firmograph redeliver ID --as NAME`; else "
        "request the record again.",
    ),
    RuleEntry(
        "type",
        _PARTS,
        "A value does not fit the type of its column. The value seen and what is allowed are "
        "given.",
        "Request the record again. If the value is right, change the column's type in the "
        f"contract, then {_RETRY_ALL}.",
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
    RuleEntry(
        "superseded",
        tuple(Scope),
        "A later delivery takes its place: its correction, or the same bytes under another name. "
        "The reason names it.",
        "Nothing.",
    ),
    RuleEntry(
        "withdrawn",
        _PARTS,
        "Somebody took the document out of the tables with `firmograph withdraw`, or a rollback "
        "did; the reason says why.",
        "`firmograph reinstate ID` publishes it again.",
    ),
    RuleEntry(
        "reinstated",
        _PARTS,
        "Somebody published the document again with `firmograph reinstate`.",
        "Nothing.",
    ),
    # an element of a list
    RuleEntry(
        "key",
        _ELEMENT,
        "Two elements of a list have the same key and different values. The first was kept, this "
        "one was not.",
        "If both are genuine, add a column to the table's key in a contract of your own, then "
        "`firmograph rebuild`.",
    ),
)
