import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import Project

from firmograph.contract.registry import load_contracts
from firmograph.kernel.kernel import Kernel

REPOSITORY = Path(__file__).parents[1]
UPLOADS = REPOSITORY / "examples" / "uploads"
BROKEN = "skarvøylys_energi_data_blocks_20260612.json"


COUNTS = {
    "ods_datablocks_raw": 16,
    "ods_familytree_raw": 5,
    "dw_company_data": 12,
    "dw_industry_code": 69,
    "dw_stock_exchanges": 8,
    "dw_corporate_linkage": 9,
    "dw_family_tree": 3,
    "dw_family_tree_members": 23,
    "app_stocks_by_company": 7,
}


def counts(project: Project) -> dict[str, int]:
    """How many rows each of those tables holds."""
    query = " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS n FROM {name}" for name in COUNTS
    )
    return {row["name"]: row["n"] for row in project.sql(query)}


@pytest.fixture
def example(project: Project) -> Project:
    """A project with the example uploads dropped and nothing run."""
    for path in UPLOADS.iterdir():
        project.drop(path.name, path.read_bytes())
    return project


def test_examples_fill_the_tables(example: Project) -> None:
    report = example.run()
    assert (report.status, report.exit_code) == ("refused", 3)
    assert report.totals.files == {"ingested": 18}
    d = report.totals.documents
    assert (d.received, d.published, d.superseded, d.quarantined, d.waiting) == (21, 18, 2, 1, 0)
    assert counts(example) == COUNTS
    assert example.names(example.folders.uploads) == []
    assert len(example.names(example.folders.processed)) == 18


def test_examples_have_companies_in_many_scripts(example: Project) -> None:
    example.run()
    companies = example.sql("SELECT duns, primary_name FROM dw_company_data ORDER BY duns")
    assert [tuple(company.values()) for company in companies] == [
        ("007314629", "Corvalinho Cortiças, S.G.P.S., S.A."),
        ("060275518", "Marulakloof Agri-Logistics Ltd"),
        ("081940257", "Cork Hollow Flooring, Inc."),
        ("224918063", "Thistlewick & Crane Bindery Ltd"),
        ("316604985", "Corchos Guadarroyo, S.L."),
        ("327150944", "Wiesengrunder Drehteile GmbH & Co. KG"),
        ("421766830", "雾滨精密机械（苏州）有限公司"),  # noqa: RUF001
        ("498230716", "Αιγαλίς Ναυτιλιακή Α.Ε."),  # noqa: RUF001
        ("533617209", "Aigalis Denizcilik Türkiye Merkez Şubesi"),
        ("552730198", "Сиренарница Стурчев и дъщери ООД"),
        ("557204861", "شركة خليج القنديل للخدمات البحرية ذ.م.م"),
        ("690481157", "霧ヶ浜精機株式会社"),
    ]


def test_examples_have_listings_by_company_and_country(example: Project) -> None:
    example.run()
    mart = example.sql("SELECT * FROM app_stocks_by_company ORDER BY ALL")
    assert [tuple(row.values()) for row in mart] == [
        ("007314629", "DE", 1),
        ("007314629", "PT", 1),
        ("007314629", None, 1),
        ("060275518", "ZA", 2),
        ("498230716", "GR", 1),
        ("690481157", "JP", 1),
        ("690481157", None, 1),
    ]


def test_examples_have_one_code_at_several_priorities(example: Project) -> None:
    example.run()
    codes = example.sql(
        "SELECT type_dnb_code, code, count(*) AS n FROM dw_industry_code "
        "WHERE duns = '007314629' GROUP BY ALL HAVING n > 1 ORDER BY ALL"
    )
    assert [tuple(row.values()) for row in codes] == [(399, "2499", 2), (37788, "321999", 2)]


def test_examples_have_three_whole_families(example: Project) -> None:
    example.run()
    trees = example.sql(
        "SELECT global_duns, is_complete, branches_excluded, members_expected, members_received, "
        "pages_received, (SELECT count(*) FROM dw_family_tree_members m "
        "WHERE m.global_duns = t.global_duns) AS members FROM dw_family_tree t ORDER BY ALL"
    )
    assert [tuple(tree.values()) for tree in trees] == [
        ("007314629", True, False, 6, 6, 1, 6),
        ("498230716", True, True, 5, 5, 1, 5),
        ("690481157", True, False, 12, 12, 3, 12),
    ]


def test_examples_have_one_document_in_quarantine(example: Project) -> None:
    example.run()
    violations = example.sql(
        "SELECT file_name, rule, json_path, value, status FROM tb_quarantine_files ORDER BY value"
    )
    assert [tuple(row.values()) for row in violations] == [
        (BROKEN, "type", "$.organization.duns", "41870265", "open"),
        (BROKEN, "mandatory", "$.organization.primaryName", None, "open"),
    ]


def test_examples_run_twice_change_nothing(example: Project) -> None:
    example.run()
    before = example.sql("SELECT * FROM dw_company_data ORDER BY duns")
    report = example.run()
    assert report.status == "ok"
    assert report.totals.files_seen == 0
    assert not any(changes.any for changes in report.tables.values())
    assert example.sql("SELECT * FROM dw_company_data ORDER BY duns") == before
    assert counts(example) == COUNTS


def test_examples_dropped_again_are_duplicates(example: Project) -> None:
    example.run()
    for path in UPLOADS.iterdir():
        example.drop(f"again_{path.name}", path.read_bytes())
    report = example.run()
    assert report.totals.files == {"duplicate": 18}
    assert counts(example) == COUNTS


def generate(*args: str) -> None:
    script = REPOSITORY / "examples" / "generate.py"
    subprocess.run([sys.executable, str(script), *args], check=True, capture_output=True)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_examples_are_what_the_generator_writes(tmp_path: Path) -> None:
    generate(str(tmp_path / "made"))
    assert len(files(UPLOADS)) == 18
    assert files(tmp_path / "made") == files(UPLOADS)


def test_examples_of_another_seed_have_the_same_keys(project: Project, tmp_path: Path) -> None:
    generate(str(tmp_path / "made"), "--seed", "2")
    made = files(tmp_path / "made")
    assert made.keys() == files(UPLOADS).keys()
    assert made != files(UPLOADS)
    for name, content in made.items():
        project.drop(name, content)
    assert project.run().status == "refused"
    assert counts(project) == COUNTS


def test_small_documents_of_the_readme_are_accepted_with_what_is_mandatory() -> None:
    page = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    company, tree = re.findall(r"^```json\n(.*)\n```$", page, re.MULTILINE)
    for name, text, mandatory in (
        ("data_blocks", company, ("duns", "primaryName")),
        ("family_tree", tree, ("globalUltimateDuns",)),
    ):
        kernel, document = Kernel(load_contracts()[name]), json.loads(text)
        now = datetime(2026, 3, 1, tzinfo=UTC)
        assert kernel.read(text.encode(), now, now).violations == []
        for key in mandatory:
            less = json.dumps({k: v for k, v in document.items() if k != key}).encode()
            assert kernel.read(less, now, now).violations != []
