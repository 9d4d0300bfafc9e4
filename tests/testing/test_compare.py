"""Two lakes side by side: what differs is named, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import Project
from deltalake import write_deltalake
from documents import organization, response

from firmograph.testing import assert_lakes_equal, lake_differences


def write(lake: Path, rows: dict[str, pa.Array]) -> Path:
    write_deltalake(lake / "dw" / "dw_company_data", pa.table(rows))
    return lake


def differ(tmp_path: Path, expected: dict[str, pa.Array], found: dict[str, pa.Array]) -> list[str]:
    return lake_differences(write(tmp_path / "a", expected), write(tmp_path / "b", found))


def test_equal_lakes_have_no_differences_whatever_the_order_of_their_rows(tmp_path: Path) -> None:
    left = {"duns": ["1", "2", "2"], "run_id": ["x", "x", "x"]}
    assert differ(tmp_path, left, {"duns": ["2", "1", "2"], "run_id": ["x", "y", "z"]}) == []


def test_columns_are_compared_first(tmp_path: Path) -> None:
    found = differ(
        tmp_path,
        {"duns": ["1"], "count": pa.array([1], pa.int32()), "old": ["x"]},
        {"duns": ["2"], "count": pa.array([1], pa.int64()), "new": ["x"]},
    )
    assert found == [
        "dw_company_data: column count: int32 | int64",
        "dw_company_data: column old: string | no such column",
        "dw_company_data: column new: no such column | string",
    ]


def test_order_of_columns_is_compared(tmp_path: Path) -> None:
    found = differ(tmp_path, {"a": ["1"], "b": ["2"]}, {"b": ["2"], "a": ["1"]})
    assert found == ["dw_company_data: order of columns: a, b | b, a"]


def test_only_cells_that_differ_are_shown_side_by_side(tmp_path: Path) -> None:
    found = differ(
        tmp_path,
        {"duns": ["1", "2"], "name": ["Åre", "B"], "country": ["CH", None]},
        {"duns": ["1", "2"], "name": ["Are", "B"], "country": ["CH", None]},
    )
    assert found == ['dw_company_data: [duns="1", country="CH"] name: "Åre" | "Are"']


def test_row_that_one_side_lacks_or_has_twice_is_shown_whole(tmp_path: Path) -> None:
    found = differ(
        tmp_path,
        {"duns": ["1", "2"], "name": ["A", "B"]},
        {"duns": ["1", "1", "3"], "name": ["A", "A", "C"]},
    )
    assert found == [
        'dw_company_data: lacks duns="2", name="B"',
        'dw_company_data: has duns="1", name="A"',
        'dw_company_data: has duns="3", name="C"',
    ]


def test_table_that_one_lake_lacks_is_named(tmp_path: Path) -> None:
    one = write(tmp_path / "a", {"duns": ["1"]})
    (tmp_path / "b").mkdir()
    assert lake_differences(one, tmp_path / "b") == [
        "dw_company_data: only the expected lake has it"
    ]
    assert lake_differences(tmp_path / "b", one) == [
        "dw_company_data: the expected lake does not have it"
    ]


def test_tables_to_compare_are_chosen_by_a_pattern(tmp_path: Path) -> None:
    one, other = write(tmp_path / "a", {"duns": ["1"]}), write(tmp_path / "b", {"duns": ["1"]})
    write_deltalake(other / "control" / "tb_pipeline_control", pa.table({"rows": [3]}))
    assert lake_differences(one, other, tables="dw/*") == []
    assert lake_differences(one, other) == [
        "tb_pipeline_control: the expected lake does not have it"
    ]


def test_lakes_of_the_same_documents_are_equal_and_of_others_are_not(
    make_project: Callable[[str], Project],
) -> None:
    lakes = []
    for name in ("Alpine", "Alpine", "Bernina"):
        project = make_project(str(len(lakes)))
        project.drop("a_data_blocks_20260301.json", response(organization(name=name)))
        project.run()
        lakes.append(project.folders.lake)
    assert_lakes_equal(lakes[0], lakes[1])
    with pytest.raises(AssertionError) as caught:
        assert_lakes_equal(lakes[0], lakes[2])
    assert 'primary_name: "Alpine" | "Bernina"' in str(caught.value)
