"""A state machine: whatever commands a lake is given, it holds what a model in plain Python says.

Each seed drives a lake of its own: uploads that are new, bad, late, repeated, renamed, corrected or
under a wrong name; runs, rebuilds, retries, discards, withdrawals, rollbacks, reinstatements and
maintenance; other contracts; a clock that jumps; commands that are killed.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from machine import Clock, Machine

from firmograph.contract.registry import contract_text
from firmograph.pipeline import context
from firmograph.verify import evidence

SEEDS = int(os.environ.get("SOAK_MACHINE_SEEDS", "10"))
STEPS = int(os.environ.get("SOAK_MACHINE_STEPS", "60"))
FIRST = int(os.environ.get("SOAK_MACHINE_FIRST", "1"))
LATEST = """
    SELECT scope, document_id, file_name, ingest_seq,
        arg_max(status, attempt) AS status, max(attempt) AS attempts
    FROM tb_quarantine_files
    GROUP BY scope, document_id, file_name, record_number, ingest_seq
"""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The program goes by a clock that can be set."""
    monkeypatch.setattr(context, "datetime", Clock)
    monkeypatch.setattr(evidence, "datetime", Clock)
    Clock.offset = timedelta()
    yield
    Clock.offset = timedelta()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_lake_holds_what_the_model_says_after_every_command(
    seed: int, tmp_path: Path, clock: None, figure: Callable[[str, int], None]
) -> None:
    machine = Machine(tmp_path, f"machine {seed}", contract_text("data_blocks", tmp_path))
    commands = 0
    try:
        for _ in range(STEPS):
            if machine.take_step() and machine.lake.snapshots:
                compare(machine)
                commands += 1
        verdict = machine.project().verify()
        assert [c.differences.examples for c in verdict.checks if not c.is_ok] == []
    except BaseException:
        print("\n".join(machine.log))
        raise
    figure("commands of the state machine with tables as modelled", commands)


def compare(machine: Machine) -> None:
    """Compares the tables, the quarantine and the status with the model."""
    lake = machine.lake
    with machine.project().open() as reader:

        def rows(sql: str, table: str) -> list[dict[str, Any]]:
            return reader.engine.query_local(sql, [table]).to_pylist()

        latest = rows(LATEST, "tb_quarantine_files")
        found = {
            "companies": {
                (row["duns"], row["primary_name"], row.get("style"))
                for row in rows("SELECT * FROM dw_company_data", "dw_company_data")
            },
            "linkage": {
                (row["duns"], row["hierarchy_level"])
                for row in rows("SELECT * FROM dw_corporate_linkage", "dw_corporate_linkage")
            },
            "trees": {
                (row["global_duns"], row["is_complete"])
                for row in rows("SELECT * FROM dw_family_tree", "dw_family_tree")
            },
            "members": {
                (row["global_duns"], row["duns"])
                for row in rows("SELECT * FROM dw_family_tree_members", "dw_family_tree_members")
            },
            "quarantine": {
                row["ingest_seq"] or (row["document_id"], row["file_name"]): (
                    row["status"],
                    row["attempts"],
                )
                for row in latest
            },
        }
        status = reader.status()
        found["status"] = {
            "open": status.open_refusals,
            "withdrawn": status.withdrawn,
            "ingest_seq": status.ingest_seq,
            "waiting": sorted(status.waiting_trees),
            "fresh": {fresh.document_type: fresh.entities for fresh in status.freshness},
        }
    expected = modelled(lake)
    for name, value in expected.items():
        assert found[name] == value, name


def modelled(lake: Any) -> dict[str, Any]:
    """What the lake must hold."""
    heads, wide, trees = lake.heads(), lake.heads(wide=True), lake.trees()
    assert {duns: one.seq for duns, one in heads.items()} == {
        duns: row.seq for duns, row in lake.rows.items()
    }
    documents = lake.documents
    fresh = {"data_blocks": len(heads), "family_tree": len(trees)}
    cases = {key: case for key, case in lake.cases().items() if case.attempts}
    withdrawn = {seq for seq, one in documents.items() if one.status == "withdrawn"}
    return {
        "quarantine": {key: (case.status, len(case.attempts)) for key, case in cases.items()},
        "companies": {
            (
                duns,
                f"Name {documents[row.seq].made.mark}",
                f"Style {documents[row.seq].made.mark}" if row.has_style else None,
            )
            for duns, row in lake.rows.items()
        },
        "linkage": {(duns, one.made.mark) for duns, one in wide.items()},
        "trees": {(root, is_complete) for root, (is_complete, _) in trees.items()},
        "members": {(root, duns) for root, (_, members) in trees.items() for duns in members},
        "status": {
            "open": sum(case.status == "open" for case in cases.values()),
            "withdrawn": len(withdrawn | lake.withdrawn),
            "ingest_seq": lake.ingest_seq,
            "waiting": sorted(lake.waiting()),
            "fresh": {name: count for name, count in fresh.items() if count},
        },
    }
