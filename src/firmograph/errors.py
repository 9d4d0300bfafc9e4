"""The error tree.

    FirmographError          everything the program reports instead of a traceback
    ├── UsageError           the command, a setting or a contract is wrong      exit 2
    │   ├── SettingsError
    │   └── ContractError    all faults of a contract, each with its position
    ├── LakeError            the lake is missing, damaged or in use             exit 1
    │   ├── LakeBusy         another run holds the lake                         exit 4
    │   ├── NoLakeError      nothing was ever published
    │   └── TotalsError      the totals of a run do not balance
    ├── QueryError           an SQL text is refused or fails                    exit 1
    └── OutputError          standard output cannot be written                  exit 1

Bad input is not an error: it is a row in the quarantine.
"""

import re


class FirmographError(Exception):
    """An error: its message says in a sentence what failed, its hint what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class UsageError(FirmographError):
    """The caller asked for something impossible."""

    exit_code = 2


class SettingsError(UsageError):
    """A settings file, environment variable or flag is wrong."""


class ContractError(UsageError):
    """A contract has faults; the message lists all of them as ``file:line: fault``."""


class LakeError(FirmographError):
    """A table of the lake is missing, damaged or in a format this program must not write."""


class LakeBusy(LakeError):  # noqa: N818 - the usual term
    """Another process is writing to this lake."""

    exit_code = 4


class NoLakeError(LakeError):
    """Nothing was ever published in this lake."""


class TotalsError(LakeError):
    """A run's totals do not balance, so nothing was published."""


class QueryError(FirmographError):
    """An SQL text was refused or failed."""


class OutputError(FirmographError):
    """Standard output cannot be written, as on a full disk."""


def missing_extra(what: str, extra: str, error: ModuleNotFoundError) -> FirmographError:
    """The error of something whose library is an extra that is not installed.

    Args:
        what: needs the library.
        extra: of this package, which brings it.
        error: names the library.
    """
    return FirmographError(
        f"{what} needs a library that is not installed: {error.name}",
        hint=f"pip install 'firmograph[{extra}]'",
    )


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CAUSE = "\u21b3"
"""Begins a line that names the cause of the error in the line before, as delta-rs writes it."""


def first_line(error: Exception) -> str:
    """The first line of an error's message and its causes; the type if the message is empty."""
    lines = [line.strip() for line in _COLOUR.sub("", str(error)).strip().splitlines()]
    if not lines:
        return type(error).__name__
    causes = [line.removeprefix(_CAUSE).strip() for line in lines[1:] if line.startswith(_CAUSE)]
    is_empty = lines[0].startswith("Generic ") and lines[0].endswith("error")
    return ": ".join(causes if is_empty and causes else [lines[0], *causes])


def check_type(name: str, value: object, *kinds: type) -> None:
    """Refuses an argument that has none of some types; a truth value is no number.

    Raises:
        UsageError: naming the argument, its value and the types.
    """
    if isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds):
        return
    allowed = " or ".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
    raise UsageError(f"{name} is {value!r}; allowed is {allowed}")
