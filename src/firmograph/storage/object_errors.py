"""What a bucket's answers mean, in words that never contain a credential."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from firmograph.storage.errors import BucketError, Changed, Gone, StorageError, Taken


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


class NoBucketError(BucketError):
    """The bucket does not exist."""

    hint = "create the bucket, or correct the url"


class PermissionMissingError(BucketError):
    """The credentials do not allow the operation."""

    hint = "allow it for these credentials (`firmograph doctor` names all that is missing)"


class CredentialsError(PermissionMissingError):
    """The credentials are missing, wrong or expired."""

    hint = (
        "correct or renew the credentials in the environment (AWS_ACCESS_KEY_ID, "
        "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or GOOGLE_APPLICATION_CREDENTIALS)"
    )


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

    hint = "wait a few minutes"


class NoConditionsError(BucketError):
    """The store has no conditional writes, so that one writer could not be kept from another."""

    hint = "use a store that has If-Match and If-None-Match on PUT (`firmograph doctor` checks it)"


class NoConnectionError(BucketError):
    """The store cannot be reached."""

    hint = "check the variable AWS_ENDPOINT_URL, the network and the proxy"


class AddressError(NoConnectionError):
    """The address of the store is not possible."""

    hint = "correct the variable AWS_ENDPOINT_URL, or allow http by AWS_ALLOW_HTTP=true"


_CODES: dict[str, tuple[type[BucketError], str]] = {
    "NoSuchBucket": (NoBucketError, "the bucket does not exist"),
    "InvalidBucketName": (NoBucketError, "the store does not allow such a bucket name"),
    "InvalidAccessKeyId": (CredentialsError, "the store does not know the access key"),
    "XAdminUserNotFound": (CredentialsError, "the store does not know the access key"),
    "SignatureDoesNotMatch": (CredentialsError, "the secret key does not fit the access key"),
    "ExpiredToken": (CredentialsError, "the credentials have expired"),
    "InvalidToken": (CredentialsError, "the session token is not valid"),
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

_DECORATION = re.compile("\x1b\\[[0-9;]*m|\u21b3")
"""Colours and arrows that deltalake puts before causes."""
_BY_A_CLIENT = ("Error performing", "Generic S3 error", "Generic GCS error")
_ABOUT_A_FILE = ("304", "404", "409", "412")
_NO_CREDENTIALS = (CredentialsError, "there are no credentials in the environment")
_TEXTS: dict[str, tuple[type[BucketError], str]] = {
    "redirect without LOCATION": _CODES["PermanentRedirect"],
    "builder error": (AddressError, "its address is not allowed: http needs AWS_ALLOW_HTTP=true"),
    "HTTP error": (NoConnectionError, "the store cannot be reached"),
}
"""By a part of obstore's text."""

_METADATA = ("/latest/api/token", "/latest/meta-data", "/computeMetadata", "//169.254.170.2")
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
    if fact := _fact(error, text, is_known=_meaning(text) is not None):
        return fact[0](fact[1], url)
    return _unusable(error, text, url, operation)


def _unusable(error: Exception, text: str, url: str, operation: Operation) -> BucketError:
    """Why a bucket cannot be used."""
    known = _meaning(text)
    if known and (known[0] is NoBucketError or known is _NO_CREDENTIALS):
        return known[0](known[1], url)
    what = f"it cannot be {operation.done}"
    if known:
        return known[0](f"{what}: {known[1]}{_region(text)}", url)
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


def retold(error: Exception, url: str) -> BucketError | None:
    """What deltalake's own client says about a bucket; None if it says something about a table."""
    text = _DECORATION.sub(" ", str(error))
    if not any(mark in text for mark in _BY_A_CLIENT):
        return None
    told_as = _unusable(error, text, url, _asked(text))
    is_about_it = type(told_as) is not BucketError or _status(text) not in _ABOUT_A_FILE
    return told_as if is_about_it else None


def _asked(text: str) -> Operation:
    """The operation in the text of a client."""
    if "list-type=" in text or "list request" in text:
        return LIST
    found = re.search(r"Error performing (PUT|POST|DELETE)", text)
    return {"PUT": WRITE, "POST": WRITE, "DELETE": DELETE}[found[1]] if found else READ


def _meaning(text: str) -> tuple[type[BucketError], str] | None:
    if any(host in text for host in _METADATA):
        return _NO_CREDENTIALS
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


def _region(text: str) -> str:
    """The region of the bucket, where the store tells it."""
    found = re.search(r"<Region>([a-z0-9-]+)</Region>", text)
    return f", {found[1]}" if found else ""


def _status(text: str) -> str:
    found = re.search(r"status code:?\s+(\d{3})", text)
    return found[1] if found else ""


def _answer(error: Exception, text: str) -> str:
    """What is safe to repeat of an answer that has no meaning here."""
    if status := _status(text):
        return f"the store answered {status} {_code(text)}".rstrip()
    return f"the client reports {type(error).__name__}"
