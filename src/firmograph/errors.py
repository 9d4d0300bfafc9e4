"""The error tree.

    FirmographError          everything the program reports instead of a traceback
    ├── UsageError           the command, a setting or a contract is wrong      exit 2
    │   ├── SettingsError
    │   └── ContractError    all faults of a contract, each with its position
    ├── LakeError            the lake is missing, damaged or in use             exit 1
    │   ├── LakeBusy         another run holds the lake                         exit 4
    │   └── TotalsError      the totals of a run do not balance
    ├── QueryError           an SQL text is refused or fails                    exit 1
    └── OutputError          standard output cannot be written                  exit 1

Bad input is not an error: it is a row in the quarantine.
"""


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


class TotalsError(LakeError):
    """A run's totals do not balance, so nothing was published."""


class QueryError(FirmographError):
    """An SQL text was refused or failed."""


class OutputError(FirmographError):
    """Standard output cannot be written, as on a full disk."""


def first_line(error: Exception) -> str:
    """The first line of an error's message, or the name of its type if the message is empty."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def check_type(name: str, value: object, *kinds: type) -> None:
    """Refuses an argument that has none of some types; a truth value is no number.

    Raises:
        UsageError: naming the argument, its value and the types.
    """
    if isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds):
        return
    allowed = " or ".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
    raise UsageError(f"{name} is {value!r}; allowed is {allowed}")
