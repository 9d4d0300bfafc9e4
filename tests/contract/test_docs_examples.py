"""The contracts that docs/contracts.md shows are loaded, and read the documents they are for."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Project
from publish.tables import query

from firmograph.contract.registry import load_contracts

PAGE = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
NAMES = [str(yaml.safe_load(text)["contract"]) for text in EXAMPLES]
SITES = {
    "at": "2026-03-01T08:00:00Z",
    "delivered": [{"blockID": "sites_L2_v1", "status": "ok"}],
    "company": {
        "duns": "100000001",
        "sites": [{"number": 1, "address": {"city": "Bern"}}, {"number": 2, "city": "Oslo"}],
    },
}
FIGURES = {
    "duns": "100000001",
    "asOf": "2026-03-01",
    "staff": [
        {"scope": 9066, "count": 4},
        {"scope": 9067.0, "count": 52, "asOf": "2026-02"},
        {"scope": 9067, "count": 50, "asOf": "2025-12"},
    ],
    "turnover": {"amount": 9.3, "unitCode": "Million"},
    "founded": "None",
    "page[size]": 10,
    "sites": [{"kind": "main"}],
}
VOTES = {
    "at": "2026-03-01",
    "head": "100000001",
    "total": 1,
    "holders": [{"holder": "Aare", "share": 0.5}],
}
(RISK,) = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def project(project: Project) -> Project:
    """A project whose contracts are all those of the page."""
    folder = project.root / "contracts"
    folder.mkdir()
    for name, text in zip(NAMES, EXAMPLES, strict=True):
        (folder / f"{name}.yaml").write_text(text)
    project.contracts = load_contracts(folder)
    return project


def test_page_shows_contracts_of_these_types() -> None:
    assert NAMES == ["risk_scores", "sites", "figures", "voting_group"]


@pytest.mark.parametrize(
    ("file", "document", "sql", "rows"),
    [
        (
            "Alpine_risk_20260301.json",
            RISK,
            "SELECT duns, name, weight, score FROM dw_risk JOIN dw_risk_factor USING (duns) "
            "ORDER BY name",
            [("100000001", "debt", 0.5, 71), ("100000001", "size", 0.25, 71)],
        ),
        (
            "alpine_sites_20260301.json",
            SITES,
            "SELECT number, city FROM dw_site ORDER BY number",
            [(1, "Bern"), (2, "Oslo")],
        ),
        (
            "alpine_figures_20260301.json",
            FIGURES,
            "SELECT staff, staff_scope, turnover, founded, page_size, has_site FROM dw_figures",
            [(52, "all", 9300000.0, None, 10, True)],
        ),
        (
            "alpine_votes_20260301_1.json",
            VOTES,
            "SELECT members_received, is_complete, holder, share FROM dw_voting_group "
            "JOIN dw_vote USING (head)",
            [(1, True, "Aare", 0.5)],
        ),
    ],
    ids=NAMES,
)
def test_contract_of_the_page_reads_its_documents(
    project: Project, file: str, document: Any, sql: str, rows: list[tuple[Any, ...]]
) -> None:
    project.drop(file, document)
    report = project.run()
    assert report.totals.documents.published == 1
    assert [tuple(row.values()) for row in query(project, sql)] == rows
