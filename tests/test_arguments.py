"""Arguments of the wrong type are errors in words, as are settings that cannot work together."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Project as Lake
from documents import organization, response

from firmograph import Project, SettingsError, UsageError

WRONG: dict[str, tuple[Callable[[Any], object], str]] = {
    "verify": (lambda p: p.verify(sample="x"), "sample is 'x'; allowed is int or None"),
    "seed": (lambda p: p.verify(seed=None), "seed is None; allowed is int"),
    "retry": (lambda p: p.retry(3), "document_id is 3; allowed is str or list or tuple or None"),
    "rule": (lambda p: p.retry(rule=3), "rule is 3; allowed is str or None"),
    "type": (lambda p: p.retry(document_type=3), "document_type is 3; allowed is str or None"),
    "drift": (lambda p: p.drift(3), "document_type is 3; allowed is str or None"),
    "sample": (lambda p: p.drift(sample=True), "sample is True; allowed is int or None"),
    "open": (lambda p: p.open(True), "snapshot_id is True; allowed is int or None"),
    "rollback": (lambda p: p.rollback("1"), "snapshot_id is '1'; allowed is int"),
    "discard": (lambda p: p.discard("0f", None), "why is None; allowed is str"),
    "as_of": (lambda p: p.rebuild(as_of="2026-03-31", into="x"), "as_of is '2026-03-31'; "),
    "into": (lambda p: p.rebuild(into=3), "into is 3; allowed is str or PathLike or None"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a company and a refused document, only read."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    lake.drop("a_data_blocks_20260301.json", response(organization()))
    lake.drop("b_data_blocks_20260301.json", response(organization("1234")))
    lake.run()
    return lake.root


@pytest.mark.parametrize("name", WRONG)
def test_argument_of_a_wrong_type_is_an_error_in_words(root: Path, name: str) -> None:
    call, message = WRONG[name]
    with pytest.raises(UsageError) as caught:
        call(Project(root))
    assert caught.value.message.startswith(message)


def test_reader_is_of_no_use_after_its_block(root: Path) -> None:
    with Project(root).open() as reader:
        assert reader.sql("SELECT count(*) AS n FROM dw_company_data").to_pylist() == [{"n": 1}]
    for ask in (reader.status, reader.refusals, lambda: reader.sql("SELECT 1")):
        with pytest.raises(UsageError, match="the reader is closed"):
            ask()


def test_retry_of_a_rule_that_nothing_broke_is_refused(root: Path) -> None:
    messages = {
        "mandatry": "'mandatry' is not a rule of documents; did you mean 'mandatory'?",
        "empty": "'empty' is not a rule of documents; known are ",
        "shape": "no refused document broke the rule 'shape'",
    }
    for rule, message in messages.items():
        with pytest.raises(UsageError) as caught:
            Project(root).retry(rule=rule, dry_run=True)
        assert caught.value.message.startswith(message)
        assert caught.value.hint == "refused documents broke: type (1)"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lake": "workingArea/uploads/lake"}, "the folders of the settings lake and uploads are "),
        ({"processed": "datasets/done"}, "the folders of the settings lake and processed are "),
        ({"lake": "."}, "the folders of the settings lake and uploads are one inside the other"),
        ({"quarantined": "workingArea/uploads"}, "the settings uploads and quarantined are the "),
        ({"memory_limit": "0GB"}, "setting memory_limit (flag) is '0GB': allowed is a number "),
        ({"memory_limit": "0.0 MB"}, "setting memory_limit (flag) is '0.0 MB': allowed is a "),
        ({"spark_conf": "spark.x"}, "setting spark_conf (flag) is ['spark.x']: allowed is NAME=V"),
        ({"spark_conf": ["=x"]}, "setting spark_conf (flag) is ['=x']: allowed is NAME=VALUE, as"),
        ({"engine": "duckdb"}, "setting engine (flag) is 'duckdb': allowed is embedded, spark"),
        ({"log_level": "loud"}, "setting log_level (flag) is 'loud': allowed is debug, info, "),
    ],
)
def test_settings_that_cannot_work_are_refused_without_a_pattern(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Project(tmp_path, **settings)
    assert caught.value.message.startswith(message)
    assert "regex" not in str(caught.value)


def test_settings_of_folders_beside_each_other_are_taken(tmp_path: Path) -> None:
    project = Project(tmp_path, processed="workingArea/uploads/done", lake="workingArea/lake")
    assert project.settings.processed == "workingArea/uploads/done"
