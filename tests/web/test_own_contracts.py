"""Pages show whatever tables and columns a user's contract has."""

import json
from pathlib import Path

import pytest
from browsing import browsing, text_of
from documents import organization, response

from firmograph.project import Project

HEAD = """\
contract: data_blocks
record_at: [organization]
entity: duns
source_time: ^.transactionDetail.transactionTimestamp
tables:
"""
RENAMED = """\
  dw_firms:
    key: [duns]
    columns:
      duns: {path: duns, type: duns}
      label: primaryName
"""
OTHER_KEY = """\
  dw_company_data:
    key: [id]
    columns:
      id: {path: duns, type: duns}
      primary_name: {path: primaryName, type: present}
      order: primaryName
"""
FEW_COLUMNS = """\
  dw_company_data:
    key: [duns]
    columns:
      duns: {path: duns, type: duns}
      primary_name: {path: primaryName, type: present}
      sic_description: {path: startDate, type: timestamp}
  dw_known:
    key: [duns]
    columns:
      duns: {path: duns, type: duns}
"""
PAGES = ("/", "/companies", "/companies?q=a&country=x", "/tables", "/dashboards", "/dictionary")


def publish(root: Path, tables: str) -> None:
    """Publishes one company under a contract of these tables."""
    uploads, contracts = root / "workingArea" / "uploads", root / "contracts"
    uploads.mkdir(parents=True)
    contracts.mkdir()
    (contracts / "data_blocks.yaml").write_text(HEAD + tables, "utf-8")
    content = response(organization())
    (uploads / "a_data_blocks_20260301.json").write_text(json.dumps(content), "utf-8")
    assert Project(root).run().totals.documents.published == 1


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        (RENAMED, "label Alpine Cocoa AG primaryName"),
        (OTHER_KEY, "order Alpine Cocoa AG primaryName"),
        (FEW_COLUMNS, "primary_name yes primaryName"),
    ],
)
def test_company_is_shown_under_any_contract(tmp_path: Path, tables: str, text: str) -> None:
    publish(tmp_path, tables)
    with browsing(tmp_path) as client:
        assert {path: client.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
        found = client.get("/company/100000001")
        assert text in text_of(found.text)
        assert client.get("/company/100000001.csv").status_code == 200


def test_search_says_that_there_is_no_table_of_companies(tmp_path: Path) -> None:
    publish(tmp_path, RENAMED)
    with browsing(tmp_path) as client:
        text = text_of(client.get("/companies").text)
    assert "This snapshot has no table of companies yet." in text
