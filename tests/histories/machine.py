"""A lake that random commands are given to, and its model."""

import random
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from arrivals import Arrivals
from cases import Contract
from made import BLOCKS, TREE, Content, packed
from scenario import firmograph

from firmograph import Project
from firmograph.errors import ContractError, UsageError

KEPT = 6
"""How many snapshots are kept."""
JUMPS = tuple(timedelta(days=days) for days in (0, 0, -400, 200 * 365))
"""How far the clock may be off."""
CALLS: dict[str, Callable[..., object]] = {
    "run": lambda project: project.run(),
    "rebuild": lambda project: project.rebuild(),
    "retry": lambda project, *one: project.retry(*one),
    "discard": lambda project, one: project.discard(one, "not needed"),
    "withdraw": lambda project, one: project.withdraw(one, "sent by mistake"),
    "reinstate ID": lambda project, one: project.reinstate(one),
    "rollback": lambda project, one: project.rollback(int(one)),
    "reinstate": lambda project: project.reinstate(),
    "compact": lambda project: project.compact(),
    "vacuum": lambda project: project.vacuum(),
}
KILLED = {
    "run": "run",
    "rebuild": "rebuild",
    "withdraw": "withdraw --why mistake",
    "reinstate ID": "reinstate",
    "rollback": "rollback",
    "reinstate": "reinstate",
}
CHECKED = ("run", "retry", "withdraw", "reinstate ID", "reinstate")


class Clock(datetime):
    """A clock that can be set.

    Attributes:
        offset: from the true time.
    """

    offset = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return datetime.now(tz) + cls.offset


class Machine(Arrivals):
    """Gives commands to a lake and to its model.

    Args:
        root: of the project.
        seed: of the choices.
        text: the packaged contract of data blocks.
    """

    def __init__(self, root: Path, seed: str, text: str) -> None:
        super().__init__(root, random.Random(seed))
        self.contract = Contract()
        self._text = text
        self._must_run = True
        self._write_contract(self.contract)

    def take_step(self) -> bool:
        """Takes one step; returns whether the lake may have changed."""
        chosen = self._chosen
        self.lake.step += 1
        kind = chosen.random()
        if kind < 0.55:
            self.drop()
        elif kind < 0.6:
            Clock.offset = chosen.choice(JUMPS)
            self._say(f"the clock is off by {Clock.offset.days} days")
        elif kind < 0.65:
            self._change_contract()
        elif kind < 0.67:
            self._redeliver()
        else:
            self._command()
            return True
        return False

    # deliveries

    def _redeliver(self) -> None:
        found = [one for one in self.lake.documents.values() if one.status == "open"]
        name = self._name(self._chosen.choice((BLOCKS, TREE)))
        if found and name not in self.uploads:
            made = self._chosen.choice(found).made
            self.project().redeliver(made.document_id, name)
            self.uploads[name] = packed([made])
            self._say(f"redeliver {made.document_id[:8]} as {name}")

    # settings

    def _change_contract(self) -> None:
        chosen = self._chosen
        self.contract = Contract(chosen.random() < 0.4, chosen.random() < 0.4)
        self._write_contract(self.contract)
        self._say(f"change to {self.contract}")

    def _write_contract(self, contract: Contract) -> None:
        text = self._text
        if contract.is_strict:
            text = text.replace("registeredName, rule: expected", "registeredName, rule: mandatory")
        if contract.has_style:
            text = text.replace("      postal_code:", "      style: tradeStyle\n      postal_code:")
        folder = self.root / "contracts"
        folder.mkdir(exist_ok=True)
        (folder / "data_blocks.yaml").write_text(text, "utf-8")

    def project(self) -> Project:
        return Project(self.root, workers=1, snapshots_kept=KEPT)

    # commands

    def _command(self) -> None:
        chosen = self._chosen
        if self._must_run:
            name = "run"
        else:
            names = (
                "run",
                "rebuild",
                "retry",
                "discard",
                "withdraw",
                "reinstate ID",
                "rollback",
                "reinstate",
                "compact",
                "vacuum",
            )
            (name,) = chosen.choices(names, (8, 3, 2, 3, 3, 3, 4, 2, 1, 1))
        if self.lake.contract.breaks(self.contract) and chosen.random() < 0.5:
            name = "rebuild"
        arguments = self._arguments(name)
        if arguments is None:
            name, arguments = "run", []
        if name in KILLED and chosen.random() < 0.06:
            self._kill(name, arguments)
        else:
            self._call(name, arguments)

    def _arguments(self, name: str) -> list[str] | None:
        """What a command is given; None if there is nothing to give."""
        lake, chosen = self.lake, self._chosen
        found: list[Any] = [None]
        if name == "discard":
            found = [
                one.made.document_id for one in lake.documents.values() if one.status == "open"
            ]
            found += [sha for (sha, _), case in lake.files.items() if case.status == "open"]
        elif name == "retry" and chosen.random() < 0.5:
            found = [
                one.made.document_id for one in lake.documents.values() if one.status == "open"
            ]
        elif name in ("withdraw", "reinstate ID"):
            can = lake.can_withdraw if name == "withdraw" else lake.can_reinstate
            ids = sorted({one.made.document_id for one in lake.documents.values()})
            able = [one for one in ids if can(one)]
            found = able if chosen.random() < 0.9 else ids
        elif name == "rollback":
            found = sorted(lake.snapshots)[-KEPT:]
        if not found:
            return None
        one = chosen.choice(found)
        return [] if one is None else [str(one)]

    def _call(self, name: str, arguments: list[str]) -> None:
        """Gives a command to the lake and to the model."""
        self._say(f"{name} {' '.join(arguments)[:8]}")
        error = self._expected_error(name, arguments)
        act = partial(CALLS[name], self.project(), *arguments)
        if error is not None:
            with pytest.raises(error):
                act()
            self._say(f"  refused: {error.__name__}")
            return
        files, now = dict(self.uploads), Clock.now(UTC)
        act()
        self._follow(name, arguments, files, now)
        if name == "run":
            assert sorted(self._folder.iterdir()) == []

    def _kill(self, name: str, arguments: list[str]) -> None:
        """Has a command end at some boundary, and finds out whether it was committed."""
        place = self._chosen.randrange(1, 60)
        files, now = dict(self.uploads), datetime.now(UTC)
        words = (KILLED[name] + " " + " ".join(arguments)).split()
        before = self._snapshot_id()
        done = firmograph(self.root, *words, kill_at=place, snapshots_kept=str(KEPT), workers="1")
        expected = self._expected_error(name, arguments)
        is_committed = self._snapshot_id() > before
        self._say(f"kill {' '.join(words)[:24]} at {place}: {done.returncode}, {is_committed}")
        if expected is not None:
            assert done.returncode in (-signal.SIGKILL, 1, 2), done.stderr
            assert not is_committed
            return
        assert done.returncode in (-signal.SIGKILL, 0, 3), done.stderr
        if is_committed or done.returncode != -signal.SIGKILL:
            self._follow(name, arguments, files, now)
            self._must_run = True
        else:
            repeated = self._find_new(files, is_whole=False)
            self._find_left(files, repeated)

    def _expected_error(self, name: str, arguments: list[str]) -> type[Exception] | None:
        lake = self.lake
        if name in CHECKED and lake.contract.breaks(self.contract) and lake.snapshots:
            return ContractError
        if name == "withdraw" and not lake.can_withdraw(*arguments):
            return UsageError
        if name == "reinstate ID" and not lake.can_reinstate(*arguments):
            return UsageError
        return None

    def _follow(
        self, name: str, arguments: list[str], files: dict[str, Content], now: datetime
    ) -> None:
        """Gives the model a command that the lake has executed."""
        lake, contract = self.lake, self.contract
        match name:
            case "run":
                repeated = self._find_new(files, is_whole=True)
                lake.run(files, repeated, contract, now)
                self.uploads, self.left = {}, frozenset()
                self._must_run = False
            case "rebuild":
                lake.rebuild(contract, now)
            case "retry":
                lake.retry(
                    [
                        one.seq
                        for one in lake.documents.values()
                        if one.status == "open"
                        and one.made.document_id in (arguments or [one.made.document_id])
                    ],
                    contract,
                    now,
                )
            case "discard":
                lake.discard(*arguments)
            case "withdraw":
                lake.withdraw(*arguments, contract, now)
            case "reinstate ID":
                lake.reinstate_one(*arguments, contract, now)
            case "rollback":
                lake.rollback(int(*arguments))
            case "reinstate":
                lake.reinstate(contract, now)
        if (snapshot_id := self._snapshot_id()) > max(lake.snapshots, default=0):
            lake.keep(snapshot_id)
