"""What may be written as the place of a storage, and what its settings may hold."""

from pathlib import Path

import pytest

from firmograph.storage.local import LocalStorage
from firmograph.storage.object_errors import ConfigurationError
from firmograph.storage.objects import ObjectStorage
from firmograph.storage.opening import open_storage

REGION = (("region", "eu-central-1"),)


@pytest.mark.parametrize(
    ("place", "url", "below"),
    [
        ("s3://bucket", "s3://bucket", "s3://bucket/a"),
        ("s3://bucket/", "s3://bucket", "s3://bucket/a"),
        ("s3://bucket/one/two/", "s3://bucket/one/two", "s3://bucket/one/two/a"),
        ("gs://bucket/one", "gs://bucket/one", "gs://bucket/one/a"),
    ],
)
def test_url_is_a_storage_in_a_bucket(place: str, url: str, below: str) -> None:
    storage = open_storage(place, REGION)
    assert storage == ObjectStorage(url, REGION)
    assert (storage / "a").url == below
    assert (storage / "a").options == {"region": "eu-central-1"}
    assert not storage.is_local


def test_path_is_a_storage_in_a_folder() -> None:
    storage = open_storage("/some/folder", REGION)
    assert storage == LocalStorage(Path("/some/folder"))
    assert (storage.options, storage.is_local) == ({}, True)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("s3a://bucket/a", "write s3:// instead of s3a://"),
        ("s3n://bucket/a", "write s3:// instead of s3n://"),
        ("abfs://bucket/a", "abfs:// is not supported: a path, s3:// or gs:// is"),
        ("file:///a", "file:// is not supported: a path, s3:// or gs:// is"),
        ("s3://", "the url names no bucket: s3://"),
        ("s3:///a", "the url names no bucket: s3:///a"),
        ("s3://bucket/a//b", "a url must not contain empty folder names: s3://bucket/a//b"),
        ("s3://who:secret@bucket/a", "a url must not contain credentials or a port"),
    ],
)
def test_other_url_is_refused(place: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"url|write|supported") as caught:
        open_storage(place, ())
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "name",
    [
        "access_key_id",
        "aws_secret_access_key",
        "session_token",
        "service_account_key",
        "bearer_token",
        "sse_customer_key_base64",
    ],
)
def test_credential_is_no_setting(name: str) -> None:
    with pytest.raises(ValueError, match="a credential must not be a setting") as caught:
        open_storage("s3://bucket", ((name, "HIDDEN"),))
    assert name in str(caught.value)
    assert "HIDDEN" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (("colour", "red"), "'colour' is not valid for store 'S3'"),
        (("conditional_put", "maybe"), 'Failed to parse "maybe"'),
    ],
)
def test_impossible_setting_is_named_when_it_is_used(
    setting: tuple[str, str], sentence: str
) -> None:
    storage = open_storage("s3://bucket", (setting,))
    with pytest.raises(ConfigurationError, match="s3://bucket: it cannot be used") as caught:
        storage.read("a")
    assert sentence in str(caught.value)
    assert caught.value.hint == "correct the [storage] section of the settings, or the environment"


def test_representation_has_no_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "HIDDEN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "HIDDEN")
    storage = ObjectStorage("s3://bucket/a", REGION)
    assert storage.client is storage.client
    assert "HIDDEN" not in repr(storage) + repr(storage.client) + str(storage.options)
