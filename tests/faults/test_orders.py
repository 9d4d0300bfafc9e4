"""Redelivery: in whatever order and split, the same documents give the same tables.

Each order is tried on a family of DUNS of its own, all of them in one lake; a few have a lake of
their own besides.
"""

import hashlib
import json
import os
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from conftest import SPARK, Project
from documents import Json, member, organization, response, tree_page
from scenario import ROOT_DUNS, pages, tables

from firmograph.engine.base import SparkOptions

ORDERS = {
    "embedded": int(os.environ.get("SOAK_ORDERS", "200")),
    "spark": int(os.environ.get("SOAK_SPARK_ORDERS", "20")),
}
LAKES = int(os.environ.get("SOAK_ORDER_LAKES", "2"))
RUNS = {"embedded": 4, "spark": 2}
"""How often a lake runs; the documents of a family are split over as many runs or fewer."""
SEED = 7
ARRIVAL = {"ods_datablocks_raw", "ods_familytree_raw", "tb_data_quality", "tb_tree_pages"}
"""Tables that tell of the arrival itself."""
ODD_ROOT = "300000011"
Rows = dict[str, list[str]]
Tables = dict[str, list[dict[str, str]]]


def odd_pages() -> dict[str, Json]:
    """Pages of a tree without numbers: a repeated one, a count alone, and a newer lone page."""
    found = {}
    answers = [
        ("t4", "2026-03-01T10:00:00Z", 5, (11, 12)),
        ("t5", "2026-03-01T10:01:00Z", 6, (13, 14)),
        ("t6", "2026-03-01T10:02:00Z", 6, (13, 14)),
        ("t7", "2026-03-01T10:03:00Z", 6, (15, 16)),
        ("t8", "2026-03-08T10:00:00Z", 6, ()),
        ("t9", "2026-03-09T10:00:00Z", 6, (11, 17)),
    ]
    for name, time, counted, numbers in answers:
        members = [
            member(f"3000000{n}", None if n == 11 else ODD_ROOT, 1 if n == 11 else 2)
            for n in numbers
        ]
        page = tree_page(ODD_ROOT, members, count=counted, time=time)
        del page["links"], page["inquiryDetail"]
        found[f"{name}_{{family}}_family_tree_20260301.json"] = page
    return found


def deliveries(family: int) -> dict[str, str]:
    """Documents of two companies and two trees; all source times of an entity are distinct.

    The digits two to four of every DUNS, and of each file's name, are the family's number.
    """
    full, linkage = "companyinfo_L2_v1", "hierarchyconnections_L1_v1"
    bare = {"duns": "100000002", "primaryName": "B"}
    linked = {"corporateLinkage": {"globalUltimate": {"duns": ROOT_DUNS}, "hierarchyLevel": 2}}
    documents = {
        "a1": response(organization("100000001", "A first"), "2026-01-01T00:00:00Z", full),
        "a2": response(organization("100000001", "A", stockExchanges=[]), "2026-01-02T00:00:00Z"),
        "a3": response(
            {"duns": "100000001", "primaryName": "L", **linked}, "2026-01-03T00:00:00Z", linkage
        ),
        "a4": response(organization("100000001", "A, older"), "2025-01-03T00:00:00Z"),
        "b1": response(bare, "2026-01-01T00:00:00Z", "x_L1_v1"),
        "b2": response(organization("10000000", "refused"), "2026-01-01T00:00:00Z"),
    }
    named = {f"{name}_{{family}}_data_blocks_20260101.json": doc for name, doc in documents.items()}
    for day, numbers in ((1, (1, 2, 3)), (5, (1, 3)), (9, (1, 2, 3))):
        for number, page in pages(day, numbers).items():
            named[f"t{number}_{{family}}_family_tree_202603{day:02}.json"] = page
    named |= odd_pages()
    return {
        name.format(family=f"{family:03}"): re.sub(
            r'"([13])000(\d{4,5})"', rf'"\g<1>{family:03}\2"', json.dumps(document)
        )
        for name, document in named.items()
    }


def split(chosen: random.Random, family: int, runs: int) -> list[list[tuple[str, str]]]:
    """Deals the uploads of a family, in any order, to some of the runs."""
    uploads = list(deliveries(family).items())
    chosen.shuffle(uploads)
    used = sorted(chosen.sample(range(runs), min(runs, chosen.choice((1, 2, 2, 3, 4)))))
    cuts = [0, *sorted(chosen.sample(range(1, len(uploads)), len(used) - 1)), len(uploads)]
    dealt: list[list[tuple[str, str]]] = [[] for _ in range(runs)]
    for run, (begin, end) in zip(used, pairwise(cuts), strict=True):
        dealt[run] = uploads[begin:end]
    return dealt


def deliver(
    project: Project,
    families: Iterable[list[list[tuple[str, str]]]],
    read: Callable[[Project], Tables] = lambda project: tables(project.root),
) -> dict[str, Rows]:
    """Runs as often as there are parts; by family what the tables then hold of it.

    Uploads are numbered, so that a run reads them in their order. Left out is what tells of the
    arrival; the numbers of families and uploads are no longer there.
    """
    names = {}
    received = accounted = 0
    for parts in zip(*families, strict=True):
        for part in parts:
            for number, (name, document) in enumerate(part):
                project.drop(f"{number:02}-{name}", document)
                names[hashlib.sha256(document.encode()).hexdigest()] = name
        totals = project.run().totals.documents
        received += totals.received
        went = totals.published + totals.unchanged + totals.superseded + totals.quarantined
        accounted += went + totals.waiting - totals.waiting_before
    assert received == accounted == len(names)
    found: dict[str, Rows] = defaultdict(lambda: defaultdict(list))
    for table, rows in read(project).items():
        if table not in ARRIVAL:
            for row in rows:
                family, text = _anonymous(row, names)
                found[family][table].append(text)
    return {family: {n: sorted(rows) for n, rows in of.items()} for family, of in found.items()}


def _anonymous(row: dict[str, str], names: dict[str, str]) -> tuple[str, str]:
    """The family a row is of, and the row as that of any family, with names for documents."""
    cells = (f'"{name}": {value}' for name, value in row.items() if name != "ingest_seq")
    text = f"{{{', '.join(cells)}}}"
    text = re.sub("[0-9a-f]{64}", lambda found: names[found[0]], text)
    text = re.sub(r"\d\d-([abt]\d_)", r"\1", text)
    found = re.findall(r'"[13](\d{3})\d{4,5}"|[abt]\d_(\d{3})_', text)
    (family,) = {duns or name for duns, name in found}
    text = re.sub(r'"([13])\d{3}(\d{4,5})"', r'"\1FFF\2"', text)
    return family, re.sub(r"([abt]\d_)\d{3}_", r"\1FFF_", text)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What the tables hold of a family that one run took in whole."""
    project = Project(tmp_path_factory.mktemp("at-once"))
    (found,) = deliver(project, [[list(deliveries(0).items())]]).values()
    return found


def test_delivery_at_once_gives_the_newest_of_each(expected: Rows) -> None:
    companies = [json.loads(row) for row in expected["dw_company_data"]]
    assert [(c["duns"], c["primary_name"]) for c in companies] == [
        ("1FFF00001", "A"),
        ("1FFF00002", "B"),
    ]
    members = [json.loads(row) for row in expected["dw_family_tree_members"]]
    assert [m["duns"] for m in members] == [
        *(f"3FFF0000{n}" for n in range(1, 7)),
        *(f"3FFF000{n}" for n in range(11, 17)),
    ]
    tree, odd = map(json.loads, expected["dw_family_tree"])
    assert tree["transaction_id"] == "t-3-2026-03-09T10:03:00.000Z"
    assert (odd["members_expected"], odd["members_received"], odd["is_complete"]) == (6, 6, True)
    assert len(expected["tb_entity_heads"]) == 12
    assert len(expected["tb_quarantine_files"]) == 2


@pytest.mark.parametrize(
    "choice", [pytest.param("embedded", marks=pytest.mark.essential), SPARK], indirect=True
)
def test_any_order_and_split_of_a_delivery_gives_the_same_tables(
    choice: SparkOptions | None,
    expected: Rows,
    project: Project,
    figure: Callable[[str, int], None],
) -> None:
    name = "spark" if choice else "embedded"
    chosen = random.Random(SEED)
    families = [split(chosen, number, RUNS[name]) for number in range(ORDERS[name])]
    found = deliver(project.on(choice), families)
    assert found.keys() == {f"{number:03}" for number in range(ORDERS[name])}
    for family, rows in found.items():
        assert rows == expected, families[int(family)]
    figure(f"orders of delivery with equal tables, {name}", len(found))


@pytest.mark.parametrize("number", range(LAKES))
def test_any_order_and_split_in_a_lake_of_its_own_gives_the_same_tables(
    number: int, expected: Rows, project: Project, figure: Callable[[str, int], None]
) -> None:
    parts = split(random.Random(SEED + number), number, RUNS["embedded"])
    assert deliver(project, [parts]) == {f"{number:03}": expected}, parts
    figure("orders of delivery with equal tables, each in a lake of its own", 1)
