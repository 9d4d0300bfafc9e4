"""What a bucket's answers mean, in words that never contain a credential."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, NamedTuple

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from firmograph.storage.base import Changed, Gone, StorageError, Taken


class Operation(NamedTuple):
    """Something done with an object, and the permission that it needs."""

    done: str
    on_s3: str
    on_gs: str


READ = Operation("read", "s3:GetObject", "storage.objects.get")
WRITE = Operation("written", "s3:PutObject", "storage.objects.create")
DELETE = Operation("deleted", "s3:DeleteObject", "storage.objects.delete")
LIST = Operation("listed", "s3:ListBucket", "storage.objects.list")


class BeyondEnd(StorageError):  # noqa: N818 - a fact about a file
    """The range that was asked for starts at or after the end of the object."""


class ImpossibleName(StorageError):  # noqa: N818 - a fact about a file
    """No object may have this name: it has a control character, say, or is not Unicode."""


class BucketError(StorageError):
    """A bucket cannot be used.

    Attributes:
        hint: what to do next.
    """

    hint: ClassVar[str] = "the store's own log may say more"


class NoBucketError(BucketError):
    """The bucket does not exist."""

    hint = "create the bucket, or correct the url"


class PermissionMissingError(BucketError):
    """The credentials are missing, wrong or expired, or do not allow the operation."""

    hint = "check the credentials in the environment, and what they are allowed to do"


class RegionError(BucketError):
    """The bucket is in another region."""

    hint = "set AWS_REGION to the region of the bucket"


class ConfigurationError(BucketError):
    """A setting of the client is not known, or its value is not possible."""

    hint = "correct the [storage] section of the settings, or the environment"


class ClockError(BucketError):
    """The store refuses requests because the clock of this machine is wrong."""

    hint = "set the clock of this machine"


class ThrottledError(BucketError):
    """The store asks for fewer requests, and still did after several attempts."""

    hint = "run again later; nothing is lost"


class NoConditionsError(BucketError):
    """The store has no conditional writes, so that one writer could not be kept from another."""

    hint = "use a store with If-Match and If-None-Match on PUT"


class NoConnectionError(BucketError):
    """The store cannot be reached."""

    hint = "check AWS_ENDPOINT_URL or the endpoint setting, the network and the proxy"


_CODES: dict[str, tuple[type[BucketError], str]] = {
    "NoSuchBucket": (NoBucketError, "the bucket does not exist"),
    "InvalidBucketName": (NoBucketError, "the store does not allow such a bucket name"),
    "InvalidAccessKeyId": (PermissionMissingError, "the store does not know the access key"),
    "XAdminUserNotFound": (PermissionMissingError, "the store does not know the access key"),
    "SignatureDoesNotMatch": (PermissionMissingError, "the secret key does not fit the access key"),
    "ExpiredToken": (PermissionMissingError, "the credentials have expired"),
    "InvalidToken": (PermissionMissingError, "the session token is not valid"),
    "RequestTimeTooSkewed": (ClockError, "the clock of this machine is wrong"),
    "AuthorizationHeaderMalformed": (RegionError, "the bucket is in another region"),
    "PermanentRedirect": (RegionError, "the bucket is in another region"),
    "SlowDown": (ThrottledError, "the store asks for fewer requests"),
    "TooManyRequests": (ThrottledError, "the store asks for fewer requests"),
    "NotImplemented": (NoConditionsError, "the store does not support this request"),
}
"""By the store's error code, what it means."""

_STATUSES: dict[str, tuple[type[BucketError], str]] = {
    "301": _CODES["PermanentRedirect"],
    "429": _CODES["SlowDown"],
    "501": _CODES["NotImplemented"],
    "503": _CODES["SlowDown"],
}
"""By HTTP status, where the answer has no code."""

_TEXTS: dict[str, tuple[type[BucketError], str]] = {
    "redirect without LOCATION": _CODES["PermanentRedirect"],
    "builder error": (
        NoConnectionError,
        "its address is not allowed: http needs AWS_ALLOW_HTTP=true",
    ),
    "HTTP error": (NoConnectionError, "the store cannot be reached"),
}
"""By a part of obstore's text."""

_METADATA = ("/latest/api/token", "/latest/meta-data", "/computeMetadata")
"""Where a client without credentials asks for those of its machine."""


@contextmanager
def told(url: str, operation: Operation) -> Iterator[None]:
    """Raises what obstore raises as a `StorageError`.

    The original error is not chained: the store's answers repeat access keys and signatures.

    Raises:
        Gone, Changed, Taken: by the object.
        BucketError: by the bucket.
    """
    try:
        yield
    except (BaseError, FileNotFoundError, ValueError) as error:
        told_as = _translate(error, url, operation)
    else:
        return
    raise told_as from None


def _translate(error: Exception, url: str, operation: Operation) -> StorageError:
    text = str(error)
    known = _meaning(text)
    if known and known[0] is NoBucketError:
        return NoBucketError(known[1], url)
    if fact := _fact(error, text, is_known=known is not None):
        return fact[0](fact[1], url)
    what = f"it cannot be {operation.done}"
    if known:
        return known[0](f"{what}: {known[1]}", url)
    is_denied = "403" in _status(text) or _code(text) == "AccessDenied"
    if is_denied or isinstance(error, PermissionDeniedError | UnauthenticatedError):
        need = operation.on_gs if url.startswith("gs:") else operation.on_s3
        return PermissionMissingError(f"{what}: permission is missing ({need})", url)
    return BucketError(f"{what}: {_answer(error, text)}", url)


def _fact(error: Exception, text: str, *, is_known: bool) -> tuple[type[StorageError], str] | None:
    """What an error says about the object, rather than about the bucket."""
    if isinstance(error, AlreadyExistsError):
        return Taken, "a file of this name already exists"
    if isinstance(error, PreconditionError) or _code(text) == "ConditionalRequestConflict":
        return Changed, "it changed after it was listed"
    if _status(text) == "416":
        return BeyondEnd, "it is not that long"
    if isinstance(error, FileNotFoundError) and not is_known:
        return Gone, "it cannot be opened: No such file"
    if isinstance(error, ValueError):
        return ImpossibleName, "its name is not possible in a bucket"
    return None


def _meaning(text: str) -> tuple[type[BucketError], str] | None:
    if any(part in text for part in _METADATA):
        return PermissionMissingError, "there are no credentials in the environment"
    if (code := _code(text)) in _CODES:
        return _CODES[code]
    if not code and (status := _status(text)) in _STATUSES:
        return _STATUSES[status]
    if not code and not _status(text):
        return next((known for part, known in _TEXTS.items() if part in text), None)
    return None


def _code(text: str) -> str:
    found = re.search(r"<Code>(\w+)</Code>|\(code: (\w+)\)", text)  # the latter for one of many
    return found[1] or found[2] if found else ""


def _status(text: str) -> str:
    found = re.search(r"status code: (\d{3})", text)
    return found[1] if found else ""


def _answer(error: Exception, text: str) -> str:
    """What is safe to repeat of an answer that has no meaning here."""
    if status := _status(text):
        return f"the store answered {status} {_code(text)}".rstrip()
    return f"the client reports {type(error).__name__}"
