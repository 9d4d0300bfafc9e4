import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from firmograph.contract.registry import load_contracts
from firmograph.sources.ignored import is_hidden
from firmograph.sources.names import FileNames, Unknown, Upload, readable
from firmograph.storage.local import LocalStorage

NAMES = FileNames(load_contracts().values())
COMPANIES = [
    "acme",
    "acme_holding_gmbh",
    "Corchos Guadarroyo S.L.",
    "wiesengrunder.drehteile",
    "Αιγαλίς_Ναυτιλιακή",
    "霧ヶ浜精機",
    "شركة",
    "data_blocks",
    "x_data_blocks_20250101",
    "x_family_tree_20250101_3",
    "_",
    "a.json",
    "two\nlines",
]


def known(name: str) -> Upload:
    upload = NAMES.recognise(LocalStorage(Path("uploads")), name)
    assert isinstance(upload, Upload)
    return upload


@pytest.mark.parametrize("company", COMPANIES)
def test_name_company_may_be_anything(company: str) -> None:
    upload = known(f"{company}_data_blocks_20260301.json")
    assert upload.company_name == company
    assert upload.document_type == "data_blocks"
    assert upload.ref_date == date(2026, 3, 1)
    assert upload.file_name == f"{company}_data_blocks_20260301.json"


@pytest.mark.parametrize("company", COMPANIES)
def test_name_of_a_tree_may_have_a_page(company: str) -> None:
    upload = known(f"{company}_family_tree_20260301_12.json")
    assert (upload.company_name, upload.document_type) == (company, "family_tree")
    assert upload.page == 12
    assert known(f"{company}_family_tree_20260301.json").page is None


@pytest.mark.parametrize(
    ("ending", "is_lines", "is_gzip", "is_zip"),
    [
        (".json", False, False, False),
        (".jsonl", True, False, False),
        (".ndjson", True, False, False),
        (".json.gz", False, True, False),
        (".jsonl.gz", True, True, False),
        (".ndjson.gz", True, True, False),
        (".zip", False, False, True),
        (".JSON", False, False, False),
        (".JsonL.GZ", True, True, False),
        (".ZIP", False, False, True),
    ],
)
def test_name_ending_says_how_to_read(
    ending: str, is_lines: bool, is_gzip: bool, is_zip: bool
) -> None:
    upload = known(f"acme_data_blocks_20260301{ending}")
    assert (upload.is_lines, upload.is_gzip, upload.is_zip) == (is_lines, is_gzip, is_zip)


@pytest.mark.parametrize(
    "ending",
    [
        " (1).json",
        "(1).json",
        " (12).jsonl",
        " - Copy.json",
        " - Copy (2).json",
        " copy.json",
        " copy 3.json",
        " (1).zip",
        ".json.gzip",
        ".ndjson.GZIP",
        ".json (1).gz",
        " (1).json.gz",
    ],
)
def test_name_of_a_second_copy_is_that_of_the_first(ending: str) -> None:
    upload = known(f"acme_data_blocks_20260301{ending}")
    assert (upload.company_name, upload.ref_date) == ("acme", date(2026, 3, 1))
    assert upload.is_gzip is ending.lower().endswith(("gz", "gzip"))
    assert upload.is_zip is ending.endswith(".zip")
    paged = known(f"acme_family_tree_20260301_2{ending}")
    assert (paged.page, paged.is_gzip) == (2, upload.is_gzip)


def test_name_in_any_case_is_known() -> None:
    upload = known("ACME_Data_BLOCKS_20260301.json")
    assert (upload.company_name, upload.document_type) == ("ACME", "data_blocks")
    assert known("Acme_FAMILY_tree_20260301_2.zip").document_type == "family_tree"


def test_name_date_is_midnight_utc() -> None:
    upload = known("acme_data_blocks_20240229.json")
    assert upload.ref_time == datetime(2024, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "acme_data_blocks_20260301",
        "acme_data_blocks_20260301.csv",
        "acme_data_blocks_20260301.gz",
        "acme_data_blocks_20260301.zip.gz",
        "acme_data_blocks_20260301.json.zip",
        "acme_data_blocks_20260301.json.bak",
        "acme_data_blocks_20260301.json\n",
        "acme_data_blocks_20260301 .json",
        "acme_data_blocks_20260301 (a).json",
        "acme_data_blocks_20260301 2.json",
        "acme_family_tree_20260301-2.json",
        "acme_data_blocks_20260301.gzip",
        "acme_data_blocks_2026031.json",
        "acme_data_blocks_202603011.json",
        "acme_data_blocks_2026-03-01.json",
        "acme_data_blocks_٢٠٢٦٠٣٠١.json",
        "acme_data_blocks_20260301_1.json",
        "acme_family_tree_20260301_.json",
        "acme_family_tree_20260301_a.json",
        "acme_family_tree_20260301_1_2.json",
        "acme_datablocks_20260301.json",
        "acmedata_blocks_20260301.json",
        "_data_blocks_20260301.json",
        "data_blocks_20260301.json",
    ],
)
def test_name_of_another_form_is_unknown(name: str) -> None:
    found = NAMES.recognise(LocalStorage(Path("uploads")), name)
    assert isinstance(found, Unknown)
    assert found.file_name == name
    assert "<company>_data_blocks_<yyyymmdd>" in found.reason


@pytest.mark.parametrize("digits", ["20260230", "20261301", "20260001", "00000101", "20250229"])
def test_name_with_an_impossible_date_is_unknown(digits: str) -> None:
    found = NAMES.recognise(LocalStorage(Path("uploads")), f"acme_data_blocks_{digits}.json")
    assert isinstance(found, Unknown)
    assert found.reason == f"the date {digits} in the name does not exist"


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        (".hidden_data_blocks_20260301.json", True),
        (".gitkeep", True),
        ("acme_data_blocks_20260301.json.part", True),
        ("acme_data_blocks_20260301.json.PART", True),
        ("acme_data_blocks_20260301.json.tmp", True),
        ("acme_data_blocks_20260301.json", False),
        ("part", False),
        ("acme.tmp_data_blocks_20260301.json", False),
    ],
)
def test_name_of_a_hidden_or_unfinished_file_is_ignored(name: str, ignored: bool) -> None:
    assert is_hidden(name) is ignored


def test_name_that_is_not_utf8_is_shown_as_escapes() -> None:
    path = Path(os.fsdecode(b"uploads/caf\xe9_data_blocks_20260301.json"))
    upload = NAMES.recognise(LocalStorage(path.parent), path.name)
    assert isinstance(upload, Upload)
    assert upload.company_name == r"caf\xe9"
    assert upload.file_name == r"caf\xe9_data_blocks_20260301.json"
    assert upload.location == str(path)
    assert readable("plain-Ω") == "plain-Ω"
