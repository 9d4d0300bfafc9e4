"""What an examination of a storage finds."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from firmograph.storage.errors import BucketError

Outcome = Literal["ok", "failed", "note", "skipped"]


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Attributes:
        check: its name.
        outcome: ``ok``; ``failed``; ``note`` for a fact that is neither; ``skipped`` if it needs
            what failed before.
        seen: what was seen.
        why: what a failure would lead to; None where nothing can fail.
        hint: what to do about a failure; None if there is none.
    """

    check: str
    outcome: Outcome
    seen: str
    why: str | None = None
    hint: str | None = None


@dataclass(frozen=True)
class Examination:
    """The findings about one place.

    Attributes:
        place: the setting that names it; None if it was given by its url.
        url: of the place, or its path.
        findings: in the order of the checks.
    """

    place: str | None
    url: str
    findings: list[Finding]

    @property
    def is_ok(self) -> bool:
        """Whether no check failed."""
        return not any(finding.outcome == "failed" for finding in self.findings)


class Failed(Exception):  # noqa: N818 - what a check found
    """A check failed: what was seen, and what to do."""

    def __init__(self, seen: str, hint: str) -> None:
        super().__init__(seen, hint)
        self.seen, self.hint = seen, hint


class Report:
    """Collects findings.

    Attributes:
        findings: so far.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    @contextmanager
    def check(self, name: str, why: str) -> Iterator[list[str]]:
        """Makes a finding of what a block does: it appends what was seen, or raises.

        Args:
            name: of the check.
            why: what a failure leads to.
        """
        seen: list[str] = []
        try:
            yield seen
        except Failed as error:
            self._fail(name, why, error.seen, error.hint)
        except BucketError as error:
            self._fail(name, why, error.reason, error.hint)
        except OSError as error:
            self._fail(name, why, error.strerror or str(error), "fix what the message names")
        else:
            self.findings.append(Finding(name, "ok", "; ".join(seen), why))

    def note(self, name: str, seen: str) -> None:
        """Adds a fact that is neither well nor wrong."""
        self.findings.append(Finding(name, "note", seen))

    def skip(self, names: Iterable[str], because: str) -> None:
        """Adds checks that could not be made."""
        self.findings += [Finding(name, "skipped", because) for name in names]

    def has_failed(self, *names: str) -> bool:
        """Whether one of some checks failed."""
        return any(f.outcome == "failed" and f.check in names for f in self.findings)

    def _fail(self, name: str, why: str, seen: str, hint: str) -> None:
        self.findings.append(Finding(name, "failed", seen, why, hint))
