"""Settings that name buckets: which urls are allowed, and what another root makes of them."""

from pathlib import Path

import pytest

from firmograph.errors import SettingsError
from firmograph.settings import load_settings
from firmograph.wiring import copy_declarations, moved_to

LAKE = "s3://acme-data/firmograph/lake"


def place(root: Path, name: str, value: str) -> str:
    return load_settings(root, {name: value}).place(name)


@pytest.mark.parametrize("url", [LAKE, "gs://acme/lake", "s3://acme/a b/ü/lake"])
def test_url_of_a_bucket_and_a_prefix_is_taken(tmp_path: Path, url: str) -> None:
    assert place(tmp_path, "lake", url) == url
    assert place(tmp_path, "uploads", f"{url}/") == url


def test_folder_is_relative_to_the_root(tmp_path: Path) -> None:
    assert place(tmp_path, "lake", "a/b") == f"{tmp_path}/a/b"


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        ("lake", "s3a://acme/lake", "'s3a://acme/lake'; allowed are", "write s3://acme/lake"),
        ("uploads", "gcs://acme/in", "'gcs://acme/in'; allowed are", "write gs://acme/in"),
        ("lake", "abfs://acme/lake", "allowed are folders, s3://", "other stores are not"),
        ("lake", "s3:///lake", "needs a bucket and a prefix", "as in s3://acme-data/lake"),
        ("lake", "s3://acme", "needs a bucket and a prefix", "as in s3://acme/lake"),
        ("lake", "s3://acme//lake", "without empty parts", "as in s3://acme/lake"),
        ("lake", "s3://acme/a/../lake", "without empty parts", "as in s3://acme/lake"),
        ("lake", "s3://acme/a%20b", "has '%20' in it", "rename the folder"),
        ("marts", "s3://acme/marts", "must be a folder of this machine", "travel with the program"),
    ],
)
def test_what_cannot_work_is_refused(
    tmp_path: Path, name: str, value: str, message: str, hint: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        place(tmp_path, name, value)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "url",
    [
        "s3://KEY:topsecret@acme/lake",
        "s3a://KEY:topsecret@acme/lake",
        "s3://acme/lake?secret=topsecret",
        "https://acme.example/lake#topsecret",
    ],
)
def test_credentials_in_a_url_are_refused_and_not_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        place(tmp_path, "lake", url)
    assert "topsecret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("uploads", "lake"), [(f"{LAKE}/in", LAKE), (LAKE, f"{LAKE}/tables"), (LAKE, f"{LAKE}/")]
)
def test_places_one_inside_the_other_are_refused(tmp_path: Path, uploads: str, lake: str) -> None:
    with pytest.raises(SettingsError, match="one inside the other"):
        load_settings(tmp_path, {"uploads": uploads, "lake": lake})


def test_prefix_that_only_begins_alike_is_another_place(tmp_path: Path) -> None:
    settings = {"uploads": f"{LAKE}-uploads", "lake": LAKE}
    assert load_settings(tmp_path, settings).place("uploads") == f"{LAKE}-uploads"


def test_another_root_has_folders_where_this_one_has_buckets(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "firmograph.toml").write_text(
        f'[paths]\nlake = "{LAKE}"\nuploads = "in"\n  processed="s3://a/b"\n'
    )
    configuration = load_settings(here, {})
    moved = moved_to(configuration, there)
    assert moved.place("lake") == f"{there}/datasets"
    assert moved.place("uploads") == f"{there}/in"
    copy_declarations(configuration, there)
    assert (there / "firmograph.toml").read_text() == (
        f'[paths]\n# lake = "{LAKE}"\nuploads = "in"\n#   processed="s3://a/b"\n'
    )


def test_another_root_gets_the_declarations_with_what_is_below_them(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    names = [
        "contracts/data_blocks.yaml",
        "dashboards/a.sql",
        "marts/app_a.sql",
        "marts/tests/b.sql",
    ]
    for name in names:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(name)
    copy_declarations(load_settings(here, {}), there)
    assert {str(path.relative_to(there)) for path in there.rglob("*.*")} == set(names)
    assert (there / "marts" / "tests" / "b.sql").read_text() == "marts/tests/b.sql"
