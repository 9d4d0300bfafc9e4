"""Examines a bucket below a prefix, by the requests that runs make."""

import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import obstore
from obstore.exceptions import BaseError

from firmograph.storage.doctor.conditions import DECISIVE, Writer
from firmograph.storage.doctor.findings import Failed, Finding, Report
from firmograph.storage.errors import BucketError, Gone
from firmograph.storage.object_errors import (
    DELETE,
    LIST,
    READ,
    WRITE,
    CredentialsError,
    Operation,
    PermissionMissingError,
    told,
)
from firmograph.storage.objects import ObjectStorage

PART_BYTES = 5 << 20
"""The smallest part of a multipart upload."""
SKEW_SECONDS = 60.0
_ONE_WRITER = "two runs at once could overwrite each other's tables"
_NAMES = (
    *("a", "b", "copied", "large", "now", "replaced"),
    *(f"{kind}-{number}" for kind in ("created", "listed") for number in range(3)),
)
"""All that is ever written."""
_ACCESS, _PUT, _GET, _LIST, _DELETE = "access", "put", "get", "list", "delete"


def examine_bucket(storage: ObjectStorage) -> list[Finding]:
    """Examines a bucket, and deletes all that it wrote."""
    return _Examiner(storage).examine()


def check_conditions(storage: ObjectStorage) -> None:
    """Makes the decisive checks alone.

    Raises:
        Failed: naming the first that failed.
        BucketError: if the bucket cannot be used.
    """
    probe = storage / f".doctor-{uuid.uuid4().hex[:12]}"
    try:
        for check in DECISIVE.values():
            check(_writer(probe))
    finally:
        _clean(probe)


class _Examiner:
    """Examines a bucket in objects whose names begin with one nobody else has."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._probe = storage / f".doctor-{uuid.uuid4().hex[:12]}"
        self._is_s3 = storage.url.startswith("s3:")
        self._report = Report()

    def examine(self) -> list[Finding]:
        """Makes all checks that can be made."""
        report, names = self._report, [name for name, _, _ in self._checks()]
        with report.check(_ACCESS, "nothing can be done there") as seen:
            seen.append(self._reach())
        if report.has_failed(_ACCESS):
            report.skip([_PUT, _GET, _LIST, _DELETE, *names], f"needs {_ACCESS}")
            return report.findings
        try:
            self._check_permissions()
            if report.has_failed(_PUT, _GET):
                report.skip(names, "needs put and get")
            else:
                self._check_requests()
        finally:
            if not report.has_failed(_PUT):
                with report.check("nothing left behind", "objects would be paid for") as seen:
                    seen.append(_clean(self._probe))
        return report.findings

    def _reach(self) -> str:
        try:
            list(self._probe.files())
        except PermissionMissingError as error:  # of which more follows
            if isinstance(error, CredentialsError):
                raise
        return "the bucket answers, and knows the credentials"

    def _check_permissions(self) -> None:
        probe = self._probe
        steps: list[tuple[str, Operation, str, Callable[[], object]]] = [
            (_PUT, WRITE, "no run could write", lambda: probe.put("a", b"abcdef")),
            (_GET, READ, "nothing could be read", lambda: probe.read("a")),
            (_LIST, LIST, "no upload and no table would be found", lambda: list(probe.files())),
            (_DELETE, DELETE, "uploads would be read again", lambda: probe.delete(["b"])),
        ]
        for name, operation, why, step in steps:
            permission = operation.on_s3 if self._is_s3 else operation.on_gs
            with self._report.check(name, why) as seen:
                try:
                    step()
                except PermissionMissingError as error:
                    hint = f"allow {permission} for these credentials; see docs/storage.md"
                    raise Failed(error.reason, hint) from error
                except Gone:  # the put failed, but one may read
                    pass
                seen.append(f"{permission} is allowed")

    def _check_requests(self) -> None:
        for name, why, check in self._checks():
            with self._report.check(name, why) as seen:
                seen.append(check())
        self._note_facts()

    def _checks(self) -> list[tuple[str, str, Callable[[], str]]]:
        decisive = [
            (name, _ONE_WRITER, lambda check=check: check(_writer(self._probe)))
            for name, check in DECISIVE.items()
        ]
        return [
            *decisive,
            ("list after write", "uploads and tables would be missed", self._list),
            ("read of a range", "tables could not be read", self._read_range),
            ("copy", "ingested files could not be moved", self._copy),
            ("delete of several", "moved files would stay, too", self._delete),
            ("multipart", "files above 8 MB could not be written", self._write_in_parts),
            ("clock", "the store refuses requests that are 15 minutes off", self._compare_clocks),
        ]

    def _list(self) -> str:
        names = ["listed-0", "listed-1", "listed-2"]
        for name in names:
            self._probe.put(name, b"x")
        found = sorted(e.name for e in self._probe.files() if e.name.startswith("listed-"))
        if found != names:
            raise Failed(f"{len(found)} of 3 new objects were listed", "use a consistent store")
        return "3 of 3 new objects were listed"

    def _read_range(self) -> str:
        found = self._probe.read("a", start=2, end=4)
        if found != b"cd":
            raise Failed(f"{len(found)} bytes came instead of 2", "use a store that has ranges")
        return "2 of 6 bytes came"

    def _copy(self) -> str:
        with told(f"{self._probe.url}/a", WRITE):
            obstore.copy(self._probe.client, self._probe.key("a"), self._probe.key("copied"))
        if self._probe.read("copied") != b"abcdef":
            raise Failed("the copy differs", "use another store")
        return "the copy is the same"

    def _delete(self) -> str:
        names = ["listed-1", "listed-2"]
        self._probe.delete(names)
        left = self._probe.stamps(names)
        if left:
            raise Failed(
                f"{len(left)} of 2 objects are still there", "allow it, or end a retention"
            )
        return "2 of 2 objects are gone"

    def _write_in_parts(self) -> str:
        content = b"\0" * PART_BYTES + b"z"
        with told(f"{self._probe.url}/large", WRITE):
            obstore.put(
                self._probe.client,
                self._probe.key("large"),
                content,
                use_multipart=True,
                chunk_size=PART_BYTES,
            )
        if self._probe.read("large", start=PART_BYTES) != b"z":
            raise Failed(
                "the parts were not put together", "use a store that has multipart uploads"
            )
        return "2 parts became one object"

    def _compare_clocks(self) -> str:
        before = datetime.now(UTC)
        self._probe.put("now", b"")
        middle = before + (datetime.now(UTC) - before) / 2
        with told(f"{self._probe.url}/now", READ):
            found: Any = obstore.head(self._probe.client, self._probe.key("now"))
        ahead = (middle - found["last_modified"]).total_seconds()
        seen = f"this machine is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}"
        if abs(ahead) > SKEW_SECONDS:
            raise Failed(seen, "set the clock of this machine, by NTP for instance")
        return seen

    def _note_facts(self) -> None:
        with told(f"{self._probe.url}/a", READ):
            found: Any = obstore.head(self._probe.client, self._probe.key("a"))
        is_kept = self._is_s3 and found["version"] is not None
        self._report.note("encryption", self._encryption())
        if self._is_s3:
            kept = "on: deleted files are kept and paid for until a lifecycle rule ends them"
            self._report.note("versioning", kept if is_kept else "off")

    def _encryption(self) -> str:
        """What the store says of an object's encryption; asked by a signed address."""
        if not self._is_s3:
            return "Cloud Storage encrypts every object; by whose key, the bucket's settings tell"
        try:
            address = obstore.sign(
                self._probe.client, "GET", self._probe.key("a"), timedelta(minutes=1)
            )
            with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - http(s)
                kind = answer.headers.get("x-amz-server-side-encryption")
        except (BaseError, OSError, ValueError):  # not repeated: the address is a credential
            kind = None
        return f"objects are encrypted ({kind})" if kind else "the store does not tell"


def _writer(probe: ObjectStorage) -> Writer:
    return Writer(probe.client, probe.key(""), probe.url)


def _clean(probe: ObjectStorage) -> str:
    """Deletes all that was written; returns what was seen.

    Raises:
        Failed: naming what could not be deleted.
    """
    try:
        probe.delete(_NAMES)  # not by a listing, which may not be allowed
        left = [entry.name for entry in probe.files()]
    except BucketError as error:
        raise Failed(
            f"what was written below {probe.url} may still be there: {error.reason}",
            "delete it by hand",
        ) from error
    if left:
        raise Failed(f"{len(left)} objects are left below {probe.url}", "delete them by hand")
    return "all that was written is deleted"
