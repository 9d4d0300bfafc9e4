"""Paths: the places of values in a document.

``a.b``                the value under ``b`` in the object under ``a``
``a.'page[size]'``     a key that holds dots or brackets, in quotes
``a[code=9067].b``     in the list ``a``, the element whose ``code`` is 9067, wherever it is
``a[].b``              in the list ``a``, its one element
``a[code=9067, newest on].b``  of several such elements, the one with the newest date in ``on``
``$.a``                from the record, even inside a list's elements
``^.a``                from the object that contains the record
``a | b``              ``b`` if there is nothing at ``a``
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_STEP = re.compile(
    r"""(?:'(?P<quoted>[^']+)'|(?P<key>[\w\-]+))
        (?P<pick>\[
            (?:(?P<field>\w+)=(?P<value>[^\]\s'"][^\]'"]*?))?
            (?:(?:(?<=\[)|,\s*)newest\s+(?P<newest>\w+))?
        \])?""",
    re.VERBOSE,
)


class Scope(StrEnum):
    """Where a path begins."""

    ELEMENT = ""
    RECORD = "$"
    BESIDE = "^"


@dataclass(frozen=True, slots=True)
class Pick:
    """Picks a list's element by the code in one of its fields; without a field, the only one.

    Of several, `newest` names the field whose date decides.
    """

    field: str | None = None
    value: str | None = None
    newest: str | None = None

    def __str__(self) -> str:
        code = [f"{self.field}={self.value}"] if self.field else []
        return f"[{', '.join(code + ([f'newest {self.newest}'] if self.newest else []))}]"


@dataclass(frozen=True, slots=True)
class Step:
    """One key of a path, and how to pick from the list under it if it is one."""

    key: str
    pick: Pick | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path."""

    steps: tuple[Step, ...]
    scope: Scope = Scope.ELEMENT

    def __str__(self) -> str:
        keys = [f"'{s.key}'" if re.search(r"[^\w\-]", s.key) else s.key for s in self.steps]
        picks = [str(s.pick or "") for s in self.steps]
        begin = [self.scope.value] if self.scope else []
        return ".".join(begin + [key + pick for key, pick in zip(keys, picks, strict=True)])


def parse_paths(text: str) -> tuple[Path, ...]:
    """Parses a path and its alternatives, in their order.

    Raises:
        ValueError: saying what is wrong, to be reported with its line.
    """
    return tuple(_parse_path(part.strip()) for part in text.split("|"))


def _parse_path(text: str) -> Path:
    scope = Scope.ELEMENT
    rest = text
    if text[:2] in ("$.", "^."):
        scope, rest = Scope(text[0]), text[2:]
    steps: list[Step] = []
    while True:
        match = _STEP.match(rest)
        if match is None:
            raise ValueError(
                f"path {text!r} is not understood at {rest!r}; allowed are dotted keys, "
                "[field=value], [], quoted keys, $., ^. and |"
            )
        pick = Pick(*match.group("field", "value", "newest")) if match["pick"] else None
        steps.append(Step(match["quoted"] or match["key"], pick))
        rest = rest[match.end() :]
        if not rest:
            return Path(tuple(steps), scope)
        if not rest.startswith("."):
            raise ValueError(f"path {text!r} is not understood at {rest!r}; a dot belongs there")
        rest = rest[1:]
