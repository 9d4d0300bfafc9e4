"""The examples of docs/storage.md are settings, commands and policies that work."""

import json
import re
from pathlib import Path

import pytest
from objects.test_refusals_shown import firmograph
from servers import STORES, Bucket

from firmograph import Project
from firmograph.storage.base import walk
from firmograph.storage.object_errors import DELETE, LIST, READ, WRITE
from firmograph.storage.objects import ObjectStorage

PAGE = (Path(__file__).parents[1] / "docs" / "storage.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
@pytest.mark.parametrize("example", [0, 1], ids=["in buckets", "mixed"])
def test_example_is_set_up_as_the_page_says(bucket: Bucket, tmp_path: Path, example: int) -> None:
    settings = blocks("toml")[example].replace("acme-data", bucket.name)
    (tmp_path / "firmograph.toml").write_text(settings)
    commands = [line.split()[1:] for line in blocks("sh")[0].splitlines()]
    codes = [firmograph(tmp_path, *command)[0] for command in commands]
    assert [command[0] for command in commands] == ["init", "doctor", "run", "status", "verify"]
    assert codes == [0, 0, 3, 0, 0]  # one of the example uploads is refused
    storage = ObjectStorage(f"{bucket.url}/dnb")
    files = sorted(f"{below}{entry.name}" for _, below, entry in walk(storage))
    assert len([name for name in files if name.startswith("processed/")]) == 18
    assert any(name.startswith("lake/ods/") for name in files) == (example == 0)
    assert (tmp_path / "datasets").exists() == (example == 1)
    with Project(tmp_path).open() as reader:
        assert reader.sql("SELECT count(*) AS n FROM dw_company_data").to_pylist() == [{"n": 12}]


def test_policy_allows_what_requests_need() -> None:
    objects, bucket = json.loads(blocks("json")[0])["Statement"]
    needed = {operation.on_s3 for operation in (READ, WRITE, DELETE)}
    assert set(objects["Action"]) == {*needed, "s3:AbortMultipartUpload"}
    assert bucket["Action"] == LIST.on_s3
    for operation in (READ, WRITE, DELETE, LIST):
        assert f"`{operation.on_gs}`" in PAGE
