from documents import organization, response

from cli.conftest import Program


def drop_company(program: Program, name: str = "alpine", duns: str = "100000001") -> None:
    program.drop(f"{name}_data_blocks_20260301.json", response(organization(duns)))


def test_rebuild_gives_the_same_rows(program: Program) -> None:
    drop_company(program)
    drop_company(program, "bad", "12345678")
    query = ["sql", "SELECT * FROM dw_company_data", "--format", "json"]
    _, before, rebuilt, after = program.each(["run"], query, ["rebuild", "--json"], query)
    assert rebuilt.code == 3
    report = rebuilt.json()
    assert report["documents"]["quarantined"] == 1
    assert report["tables"]["dw_company_data"] == {
        "inserted": 0,
        "updated": 0,
        "deleted": 0,
        "rows": 1,
    }
    assert after.json() == before.json()
    assert [row["duns"] for row in after.json()] == ["100000001"]


def test_rebuild_follows_a_changed_contract(program: Program) -> None:
    drop_company(program)
    _, shown = program.each(["run"], ["contract", "show", "data_blocks"])
    (program.root / "contracts").mkdir()
    changed = shown.out.replace("{path: primaryName", "{path: registeredName")
    assert changed != shown.out
    (program.root / "contracts" / "data_blocks.yaml").write_text(changed)
    query = ["sql", "SELECT primary_name FROM dw_company_data", "--format", "csv"]
    refused, rebuilt, after = program.each(["run"], ["rebuild", "--json"], query)
    assert refused.code == 2
    assert "firmograph rebuild" in refused.err
    changes = {"inserted": 0, "updated": 1, "deleted": 0, "rows": 1}
    assert rebuilt.json()["tables"]["dw_company_data"] == changes
    assert after.out == "primary_name\nALPINE COCOA AG\n"


def test_rebuild_before_any_upload_makes_empty_tables(program: Program) -> None:
    query = ["sql", "SELECT count(*) AS n FROM dw_company_data", "--format", "csv"]
    rebuilt, count = program.each(["rebuild", "--json"], query)
    assert rebuilt.code == 0
    assert rebuilt.json()["tables"]["dw_company_data"]["rows"] == 0
    assert count.out == "n\n0\n"


def test_dry_rebuild_as_of_a_day_reports_that_rebuild_and_creates_nothing(
    program: Program,
) -> None:
    drop_company(program)
    other = program.root / "other"
    as_of = ["rebuild", "--into", str(other), "--json", "--as-of"]
    _, past, today = program.each(
        ["run"], [*as_of, "2020-01-01", "--dry-run"], [*as_of, "2999-12-31", "--dry-run"]
    )
    assert not other.exists()
    assert list((program.root / "datasets").glob(".plan-*")) == []
    assert (past.code, past.json()["documents"]["received"]) == (0, 0)
    assert past.json()["tables"]["dw_company_data"]["rows"] == 0
    assert today.json()["documents"]["received"] == 1
    assert today.json()["tables"]["dw_company_data"]["inserted"] == 1
    (done,) = program.each([*as_of, "2999-12-31"])
    assert done.json()["tables"] == today.json()["tables"]
    (refused,) = program.each([*as_of, "2999-12-31", "--dry-run"])
    assert refused.code == 2
    assert refused.json()["message"].endswith("other/datasets is not empty")


def test_rebuild_as_of_a_day_takes_another_root(program: Program) -> None:
    outcomes = program.each(["rebuild", "--as-of", "2026-03-01"], ["rebuild", "--into", "other"])
    for outcome in outcomes:
        assert (outcome.code, outcome.out) == (2, "")
        assert "takes both the day (--as-of) and another root (--into)" in outcome.err
