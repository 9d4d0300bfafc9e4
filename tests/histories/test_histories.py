"""Histories: after every run DW holds what a model in plain Python says, whatever was delivered.

Each history has companies, trees and files of its own; many of them share a lake, which one run
takes a step of all of them. Documents are sound, odd or bad, of either type, with bad stretches
between them, in any packing, under names that are right, wrong or unknown, delivered again,
renamed, cut off and corrected, and with runs that are killed.
"""

import os
import random
import signal
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import pytest
from conftest import Project
from drops import Drop
from history import RUNS, History
from model import Row
from scenario import firmograph

HISTORIES = int(os.environ.get("SOAK_HISTORIES", "300"))
PER_LAKE = 300
KILLED = {1: (1, 20), 2: (20, 60), 3: (60, 100)}
"""The runs before which one is begun and killed, and between which of its boundaries; of those it
has more than a hundred, and two for each file that is moved.
"""
SEED = int(os.environ.get("SOAK_HISTORIES_SEED", "20261126"))
QUERIES = {
    "dw_company_data": """
        SELECT
            duns,
            primary_name,
            employees,
            employees_scope,
            yearly_revenue_usd,
            yearly_revenue_scope,
            incorporated_date
    """,
    "dw_industry_code": "SELECT duns, type_dnb_code, priority, code",
    "dw_corporate_linkage": "SELECT duns, global_duns, parent_duns, hierarchy_level",
    "dw_family_tree": "SELECT global_duns, is_complete, members_expected, members_received",
    "dw_family_tree_members": "SELECT global_duns, duns, primary_name",
}
REFUSED = """
    SELECT DISTINCT left(file_name, 5) AS number, ingest_seq
    FROM tb_quarantine_files
    WHERE scope = 'document' AND status = 'open'
"""
UNREAD = """
    SELECT
        left(file_name, 5) AS number,
        file_name,
        arg_max(rule, attempt) AS rule,
        arg_max(reason, attempt) AS reason
    FROM tb_quarantine_files
    WHERE scope = 'file'
    GROUP BY file_name, document_id
    HAVING arg_max(status, attempt) = 'open'
"""


@pytest.mark.essential
@pytest.mark.parametrize("first", range(0, HISTORIES, PER_LAKE))
def test_tables_hold_what_the_model_says_after_every_run(
    first: int, project: Project, figure: Callable[[str, int], None]
) -> None:
    numbers = range(first, min(first + PER_LAKE, HISTORIES))
    histories = [History(SEED, number) for number in numbers]
    chosen = random.Random(f"{SEED}-{first}")
    for run in range(RUNS):
        for history in histories:
            put(project, history.steps[run])
            history.take(run)
        if run in KILLED:
            kill(project, chosen.randrange(*KILLED[run]))
            figure("kills between the runs of histories", 1)
        project.run()
        compare(project, histories)
    assert sorted(project.folders.uploads.iterdir()) == []
    figure("histories with tables as modelled after every run", len(histories))


def kill(project: Project, boundary: int) -> None:
    """Begins a run in a process of its own, and ends it with SIGKILL at a boundary."""
    killed = firmograph(project.root, "run", kill_at=boundary)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def put(project: Project, drops: Iterable[Drop]) -> None:
    """Puts files into the uploads, or renames those that stayed there."""
    for drop in drops:
        if drop.instead is not None:
            (project.folders.uploads / drop.instead).rename(project.folders.uploads / drop.name)
        else:
            project.drop(drop.name, drop.content)


def compare(project: Project, histories: list[History]) -> None:
    """Compares the tables, and what was refused, with the models."""
    held = {table: _by_history(project, f"{sql} FROM {table}") for table, sql in QUERIES.items()}
    refused = Counter(row["number"] for row in project.sql(REFUSED))
    unread: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in project.sql(UNREAD):
        unread[row["number"]][row["file_name"]] = row
    for history in histories:
        found = {table: rows[history.number] for table, rows in held.items()}
        expected = history.model.expected()
        assert found == expected, (history.number, history.steps)
        assert refused[history.number] == history.refused, (history.number, history.steps)
        files = unread[history.number]
        faults = dict(history.unread.values())
        assert files.keys() == faults.keys(), (history.number, history.steps)
        for name, fault in faults.items():
            assert files[name]["rule"] == fault.rule, name
            assert fault.words in files[name]["reason"], name


def _by_history(project: Project, sql: str) -> dict[str, set[Row]]:
    """The rows of a query by the history that their first column, a DUNS, belongs to."""
    found: dict[str, set[Row]] = defaultdict(set)
    for row in project.sql(sql):
        values = tuple(row.values())
        found[values[0][1:6]].add(values)
    return found
