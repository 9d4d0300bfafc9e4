"""Redelivery: in whatever order and split, the same documents give the same tables."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ENGINES, Project
from documents import Json, organization, response
from scenario import pages, tables

from firmograph.engine.base import SparkOptions

ORDERS = {
    "embedded": int(os.environ.get("SOAK_ORDERS", "200")),
    "spark": int(os.environ.get("SOAK_SPARK_ORDERS", "1")),
}
SEED = 7
ARRIVAL = {"ods_datablocks_raw", "ods_familytree_raw", "tb_data_quality", "tb_tree_pages"}
"""Tables that tell of the arrival itself."""


def deliveries() -> dict[str, Json]:
    """Documents of two companies and a tree; all source times of an entity are distinct."""
    full, linkage = "companyinfo_L2_v1", "hierarchyconnections_L1_v1"
    bare = {"duns": "100000002", "primaryName": "B"}
    linked = {"corporateLinkage": {"globalUltimate": {"duns": "300000001"}, "hierarchyLevel": 2}}
    documents = {
        "a1": response(organization("100000001", "A first"), "2026-01-01T00:00:00Z", full),
        "a2": response(organization("100000001", "A", stockExchanges=[]), "2026-01-02T00:00:00Z"),
        "a3": response(
            {"duns": "100000001", "primaryName": "L", **linked}, "2026-01-03T00:00:00Z", linkage
        ),
        "a4": response(organization("100000001", "A, older"), "2025-01-03T00:00:00Z"),
        "b1": response(bare, "2026-01-01T00:00:00Z", "x_L1_v1"),
        "b2": response(organization("12345678", "refused"), "2026-01-01T00:00:00Z"),
    }
    names = {f"{name}_data_blocks_20260101.json": doc for name, doc in documents.items()}
    trees = {
        f"t{day}_family_tree_202603{day:02}_{number}.json": page
        for day, numbers in ((1, (1, 2, 3)), (5, (1, 3)), (9, (1, 2, 3)))
        for number, page in pages(day, numbers).items()
    }
    return {**names, **trees}


def deliver(
    root: Path, order: list[str], splits: set[int], choice: SparkOptions | None = None
) -> dict[str, list[str]]:
    """Runs after each split; returns what the tables hold, without what tells of the arrival."""
    project = Project(root).on(choice)
    documents = deliveries()
    received = accounted = 0
    for place, name in enumerate(order):
        project.drop(name, documents[name])
        if place in splits or place == len(order) - 1:
            sums = project.run().sums.documents
            received += sums.received
            went = sums.published + sums.unchanged + sums.superseded + sums.quarantined
            accounted += went + sums.waiting - sums.waiting_before
    assert received == accounted == len(order)
    return {name: _timeless(rows) for name, rows in tables(root).items() if name not in ARRIVAL}


def _timeless(rows: list[str]) -> list[str]:
    kept = []
    for row in rows:
        values = json.loads(row)
        values.pop("ingest_seq", None)
        kept.append(json.dumps(values, sort_keys=True))
    return sorted(kept)


@pytest.mark.parametrize("choice", ENGINES, indirect=True)
def test_any_order_and_split_of_a_delivery_gives_the_same_tables(
    choice: SparkOptions | None, tmp_path: Path, figure: Callable[[str, object], None]
) -> None:
    name = "spark" if choice else "embedded"
    chosen = random.Random(SEED)
    names = sorted(deliveries())
    expected = deliver(tmp_path / "at-once", names, set())
    assert len(expected["dw_family_tree_members"]) == 6
    assert len(expected["dw_company_data"]) == 2
    for number in range(ORDERS[name]):
        order = chosen.sample(names, len(names))
        splits = set(chosen.sample(range(len(order)), chosen.choice((0, 1, 1, 2, 3))))
        found = deliver(tmp_path / f"order-{number}", order, splits, choice)
        assert found == expected, (order, splits)
    figure(f"orders of delivery with equal tables, {name}", ORDERS[name])
