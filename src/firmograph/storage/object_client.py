"""The client of a bucket, configured by settings and, for credentials, the environment."""

import os
from datetime import timedelta
from functools import lru_cache
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import GCSStore, S3Store

from firmograph.storage.base import FileStamp
from firmograph.storage.object_errors import ConfigurationError

Settings = tuple[tuple[str, str], ...]
Client = S3Store | GCSStore

_DEFAULTS = {"s3": {"copy_if_not_exists": "multipart"}, "gs": {}}
_SECRET = ("key", "secret", "token", "password", "credential")
_NOT_SECRET = ("sse_kms_key_id", "sse_bucket_key_enabled")
_PATIENCE = timedelta(minutes=5)


def stamp_of(found: Any) -> FileStamp:
    """The version of an object, from what the store says about it."""
    return FileStamp(found["size"], (found["e_tag"] or "").strip('"'))


def split_url(url: str) -> tuple[str, str, str]:
    """The scheme, bucket and prefix of ``s3://bucket/prefix`` or ``gs://bucket/prefix``.

    Raises:
        ValueError: if it is no such url.
    """
    scheme, separator, path = url.partition("://")
    bucket, _, prefix = path.partition("/")
    if scheme not in _DEFAULTS or not separator:
        raise ValueError("a bucket is written s3://bucket/prefix or gs://bucket/prefix")
    if not bucket:
        raise ValueError(f"the url names no bucket: {url}")
    if "@" in bucket or ":" in bucket:  # not repeated: it may hold a password
        raise ValueError("a url must not contain credentials or a port")
    if url.endswith("/") or "//" in prefix:
        raise ValueError(f"a url must not contain empty folder names: {url}")
    return scheme, bucket, prefix


def check_settings(settings: Settings) -> None:
    """Refuses credentials, whose place is the environment.

    Raises:
        ValueError: naming the setting but not its value.
    """
    for name, _ in settings:
        if any(part in name for part in _SECRET) and name.removeprefix("aws_") not in _NOT_SECRET:
            raise ValueError(
                f"a credential must not be a setting: {name}; set it in the environment"
            )


def connect(
    scheme: str, bucket: str, settings: Settings, patience: timedelta = _PATIENCE
) -> Client:
    """The client of a bucket, with its connections; one for all who ask in this process.

    Args:
        scheme: ``s3`` or ``gs``.
        bucket: its name.
        settings: by obstore's names.
        patience: how long a request may take, all attempts included.

    Raises:
        ConfigurationError: if a setting is not known or not possible.
    """
    environment = tuple((k, v) for k, v in os.environ.items() if k.startswith(("AWS_", "GOOGLE_")))
    return _connect(scheme, bucket, settings, patience, environment)


@lru_cache(maxsize=32)
def _connect(
    scheme: str,
    bucket: str,
    settings: Settings,
    patience: timedelta,
    environment: object,  # noqa: ARG001 - obstore reads it itself
) -> Client:
    """A new client, for this environment."""
    kind: Any = S3Store if scheme == "s3" else GCSStore
    times = {
        "timeout": f"{patience.total_seconds()} s",
        "read_timeout": f"{min(30, patience.total_seconds())} s",
    }
    try:
        return kind(  # type: ignore[no-any-return]
            bucket,
            # those of the HTTP client, too: as `client_options` they would hide the environment
            config={**_DEFAULTS[scheme], **times, **dict(settings)},
            retry_config={"max_retries": 6, "retry_timeout": patience},
        )
    except (BaseError, ValueError) as error:
        reason = str(error).partition("\n")[0]  # it names the setting
        raise ConfigurationError(f"it cannot be used: {reason}", f"{scheme}://{bucket}") from None
