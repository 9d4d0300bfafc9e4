"""docs/quarantine.md, from the catalogue of rules."""

from collections.abc import Iterable, Iterator

from firmograph.contract.finding_rules import FINDING_RULES
from firmograph.contract.refusal_rules import REFUSAL_RULES
from firmograph.contract.rules import RuleEntry, Scope
from pages import markdown

TITLES = {
    Scope.FILE: (
        "Files and parts of files",
        "The documents found in the rest of the file were read, unless the meaning says "
        "otherwise. A file of which nothing was read is moved to `quarantinedFiles/`.",
    ),
    Scope.DOCUMENT: (
        "Documents",
        "Nothing of the document is in the tables; its bytes are in ODS. What was known of the "
        "company before stays.",
    ),
    Scope.ELEMENT: (
        "Elements of lists",
        "The document was published without this element.",
    ),
}


def rules_page() -> Iterator[str]:
    """The lines of the page."""
    yield "# Quarantine"
    yield markdown.note("refusal_rules.py or finding_rules.py in src/firmograph/contract")
    yield (
        "\nWhat cannot be read, or lacks its mandatory identification, is refused: never dropped, "
        "and never in the way of anything else. `firmograph quarantine list` lists what is open; "
        "`firmograph quarantine show ID` shows every reason with its rule, the value seen and its "
        "place: a JSON path, line and column, and what to do. After the cause is removed, "
        "`firmograph quarantine retry` reads the documents again; "
        '`firmograph quarantine discard ID --why "…"` closes a refusal for good.'
    )
    for scope, (title, text) in TITLES.items():
        yield f"\n## {title}\n\n{text}\n"
        yield from _table(rule for rule in REFUSAL_RULES if scope in rule.scopes)
    yield (
        "\n## Findings\n\nThe document was published. Findings are warnings, counted in "
        "`tb_data_quality` by table, column and rule, with up to three examples that name the "
        "D-U-N-S number, the path and the value: "
        '`firmograph sql "SELECT * FROM tb_data_quality"`.\n'
    )
    yield from _table(FINDING_RULES)


def _table(rules: Iterable[RuleEntry]) -> Iterator[str]:
    rows = sorted((r.name, markdown.cell(r.meaning), markdown.cell(r.action)) for r in rules)
    yield from markdown.table(("rule", "what it means", "what to do"), rows)
