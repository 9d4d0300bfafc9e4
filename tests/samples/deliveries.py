"""Made-up documents in every known shape of D&B's, and how tests deliver them.

`received/` holds whole documents. `blocks/` holds what each data block says about one company; a
response is put together from the blocks that were asked for, as text, so that its numbers stay as
they are written.
"""

import json
from pathlib import Path
from typing import Any

from conftest import Project

Rows = list[dict[str, Any]]

HERE = Path(__file__).parent
KLEIPUT = "470000019"
ASKED = "470000051"
"""A branch of it, whose responses are those of its headquarters."""

RESPONSES: dict[str, tuple[str, str, list[str]]] = {
    "CI_L1": ("2026-02-02T11:20:48.310Z", KLEIPUT, ["companyinfo_L1_v1"]),
    "CI_L2": ("2026-02-13T09:02:15.006Z", KLEIPUT, ["companyinfo_L2_v1"]),
    "CI_L2_HC_L1": (
        "2026-02-20T16:31:09.554Z",
        KLEIPUT,
        ["companyinfo_L2_v1", "hierarchyconnections_L1_v1"],
    ),
    "HC_L1": ("2026-02-26T07:45:00.918Z", KLEIPUT, ["hierarchyconnections_L1_v1"]),
    "PC_L1": ("2026-02-27T13:13:13.131Z", KLEIPUT, ["principalscontacts_L1_v1"]),
    "PC_L2": ("2026-03-01T05:50:27.402Z", KLEIPUT, ["principalscontacts_L2_v1"]),
    "CI_L2_HC_L1_PC_L2": (
        "2026-03-01T08:24:36.771Z",
        ASKED,
        ["companyinfo_L2_v1", "principalscontacts_L2_v1", "hierarchyconnections_L1_v1"],
    ),
    "FS_L1": ("2026-03-09T18:06:52.289Z", KLEIPUT, ["financialstrengthinsight_L1_v1"]),
    "FE_L1": ("2026-03-24T22:40:01.667Z", KLEIPUT, ["eventfilings_L1_v1"]),
}
"""Responses about Kleiput by the blocks in them: vendor's time, DUNS asked for, blocks."""


def response(name: str) -> str:
    """A response about Kleiput."""
    time, asked, blocks = RESPONSES[name]
    status = [{"blockID": b, "status": "ok", "reason": None} for b in (*blocks, "baseinfo_L1_v1")]
    base = f'"countryISOAlpha2Code": "BE", "duns": "{KLEIPUT}", "primaryName": "Kleiput NV"'
    first, *others = (_inside(HERE / "blocks" / f"{block}.json") for block in blocks)
    return f"""{{
  "transactionDetail": {{"transactionID": "rrt-{name}", "transactionTimestamp": "{time}"}},
  "inquiryDetail": {{"duns": "{asked}", "blockIDs": {json.dumps(blocks)}, "tradeUp": "hq"}},
  "organization": {{{", ".join([first, base, *others])}}},
  "blockStatus": {json.dumps(status)}
}}"""


def _inside(file: Path) -> str:
    return file.read_text("utf-8").strip().removeprefix("{").removesuffix("}")


def received(name: str) -> bytes:
    """A whole document."""
    return (HERE / "received" / f"{name}.json").read_bytes()


def drop_responses(project: Project, *names: str) -> None:
    """Drops responses about Kleiput, all under one date."""
    for name in names:
        project.drop(f"{name}_data_blocks_20260401.json", response(name))


def drop_blocks(project: Project, name: str) -> None:
    """Drops a whole document as data blocks."""
    project.drop(f"{name}_data_blocks_20260401.json", received(name))


def drop_trees(project: Project, *names: str) -> None:
    """Drops whole documents as family trees."""
    for name in names:
        project.drop(f"{name}_family_tree_20260319.json", received(name))


def rows(project: Project, table: str) -> Rows:
    """The business columns of a table's rows, sorted by their key."""
    return project.sql(f"SELECT * EXCLUDE (load_timestamp, run_id) FROM {table} ORDER BY ALL")
