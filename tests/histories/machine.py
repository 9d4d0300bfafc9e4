"""A lake that random commands are given to, and its model."""

import random
import re
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from lifecycle import Contract, Document, Lake
from made import BLOCKS, TREE, Content, Made, Maker, packed
from scenario import firmograph

from firmograph import Project
from firmograph.errors import ContractError, UsageError

KEPT = 6
"""How many snapshots are kept."""
ODS = {BLOCKS: "ods_datablocks_raw", TREE: "ods_familytree_raw"}
JUMPS = tuple(timedelta(days=days) for days in (0, 0, -400, 200 * 365))
"""How far the clock may be off."""


class Clock(datetime):
    """A clock that can be set.

    Attributes:
        offset: from the true time.
    """

    offset = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return datetime.now(tz) + cls.offset


class Machine:
    """Gives commands to a lake and to its model.

    Args:
        root: of the project.
        seed: of the choices.
        text: the packaged contract of data blocks.
    """

    def __init__(self, root: Path, seed: str, text: str) -> None:
        self.root, self._text = root, text
        self._chosen = random.Random(seed)
        self._maker = Maker(self._chosen)
        self.lake = Lake()
        self.uploads: dict[str, Content] = {}
        self.contract = Contract()
        self.log: list[str] = []
        self._delivered: list[tuple[str, Content]] = []
        self._must_run = True
        self._blanks = 0
        self._folder = root / "workingArea" / "uploads"
        self._folder.mkdir(parents=True)
        self._write_contract(self.contract)

    def take_step(self) -> bool:
        """Takes one step; returns whether the lake may have changed."""
        chosen = self._chosen
        self.lake.step += 1
        kind = chosen.random()
        if kind < 0.55:
            self._drop()
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

    def _drop(self) -> None:
        chosen, kind = self._chosen, self._chosen.random()
        if kind < 0.08:
            self._blanks += 1
            self._put(self._name(BLOCKS), Content(b" " * self._blanks, ()))
        elif kind < 0.55 or not self._delivered:
            self._drop_new()
        else:
            name, content = chosen.choice(self._delivered)
            if kind < 0.7:
                self._put(name, content)
            elif kind < 0.8:
                self._put(re.sub("^.", "d", name), content)
            elif kind < 0.9:
                token = TREE if BLOCKS in name else BLOCKS
                self._put(name.replace(_token(name), token), content)
            else:
                day = chosen.randrange(1, 6)
                self._put(re.sub("2026030.", f"2026030{day}", name), content)

    def _drop_new(self) -> None:
        if self._chosen.random() < 0.25 and self._maker.has_days():
            for page in self._maker.pages()[: self._chosen.choice((1, 2, 2))]:
                self._put(self._name(TREE), packed([page]), is_new=True)
            return
        documents = [self._maker.company() for _ in range(self._chosen.choice((1, 1, 2)))]
        old = [one for _, content in self._delivered for one in content.documents]
        companies = [one for one in old if one.kind == BLOCKS]
        if companies and self._chosen.random() < 0.15:
            documents.append(self._chosen.choice(companies))
        self._put(self._name(BLOCKS), packed(documents), is_new=True)

    def _name(self, token: str) -> str:
        letter, day = self._chosen.choice("abc"), self._chosen.randrange(1, 4)
        return f"{letter}_{token}_2026030{day}.json"

    def _put(self, name: str, content: Content, *, is_new: bool = False) -> None:
        (self._folder / name).write_bytes(content.raw)
        self.uploads[name] = content
        if is_new:
            self._delivered.append((name, content))
        marks = [(one.entity, one.mark, one.time) for one in content.documents]
        self._say(f"drop {name} with {marks}")

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
            self._find_new(files, is_whole=False)

    def _expected_error(self, name: str, arguments: list[str]) -> type[Exception] | None:
        lake = self.lake
        if name in CHECKED and lake.contract.breaks(self.contract) and lake.snapshots:
            return ContractError
        if name == "withdraw" and not lake.can_withdraw(*arguments):
            return UsageError
        if name == "reinstate ID" and not lake.can_reinstate(*arguments):
            return UsageError
        return None

    def _snapshot_id(self) -> int:
        path = self.root / "datasets" / "control" / "tb_published_snapshots"
        if not path.exists():
            return 0
        ids = DeltaTable(str(path)).to_pyarrow_table(columns=["snapshot_id"])["snapshot_id"]
        return max(ids.to_pylist(), default=0)

    # the model

    def _follow(
        self, name: str, arguments: list[str], files: dict[str, Content], now: datetime
    ) -> None:
        """Gives the model a command that the lake has executed."""
        lake, contract = self.lake, self.contract
        match name:
            case "run":
                repeated = self._find_new(files, is_whole=True)
                lake.run(files, repeated, contract, now)
                self.uploads = {}
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

    def _find_new(self, files: dict[str, Content], *, is_whole: bool) -> set[str]:
        """Adds the documents that ODS has more of; returns the hashes of duplicates.

        Args:
            files: the uploads.
            is_whole: whether the command was not interrupted, so that all must be there.
        """
        expected, repeated = self._expected_documents(files)
        found = {}
        for token, table in ODS.items():
            path = self.root / "datasets" / "ods" / table
            if path.exists():
                for row in DeltaTable(str(path)).to_pyarrow_table(columns=ODS_COLUMNS).to_pylist():
                    if row["ingest_seq"] not in self.lake.documents:
                        key = (row["file_name"], row["record_number"])
                        found[key] = (row, token)
        if is_whole:
            ids = {key: row["document_id"] for key, (row, _) in found.items()}
            wanted = {key: made.document_id for key, made in expected.items()}
            assert ids == wanted, f"{ids.items() ^ wanted.items()}"
        for key, (row, token) in found.items():
            made = expected[key]
            assert made.document_id == row["document_id"]
            self.lake.documents[row["ingest_seq"]] = Document(
                file_name=key[0],
                made=made,
                seq=row["ingest_seq"],
                token=token,
                record=key[1],
                sha256=row["file_sha256"],
                ref_time=f"{row['ref_date']}T00:00:00Z",
                loaded_at=row["load_timestamp"],
                step=self.lake.step,
            )
        return repeated

    def _expected_documents(
        self, files: dict[str, Content]
    ) -> tuple[dict[tuple[str, int], Made], set[str]]:
        """The documents that a run has to add to ODS, by place, and the hashes of duplicates."""
        lake = self.lake
        before = {one.sha256: one.file_name for _, one in sorted(lake.documents.items())}
        last = dict(before)
        left = {
            (one.sha256, one.file_name)
            for one in lake.documents.values()
            if one.seq > lake.ingest_seq
        }
        expected, repeated = {}, set()
        for name, content in sorted(files.items(), key=lambda file: (TREE in file[0], file[0])):
            if (content.sha256, name) in left:
                continue
            sha256 = content.sha256
            is_same = sha256 in last and self._is_same(name, last[sha256], content)
            if before.get(sha256) == name or is_same:
                repeated.add(content.sha256)
                continue
            last[content.sha256] = name
            expected |= {(name, n): made for n, made in enumerate(content.documents, 1)}
        return expected, repeated

    def _is_same(self, name: str, other: str, content: Content) -> bool:
        """Whether two names say the same of some bytes."""
        needs_date = any(one.time is None for one in content.documents)
        is_redated = name.split(".")[0][-8:] != other.split(".")[0][-8:]
        return _token(name) == _token(other) and not (is_redated and needs_date)

    def _say(self, text: str) -> None:
        self.log.append(f"{self.lake.step}: {text}")


def _token(name: str) -> str:
    return TREE if TREE in name else BLOCKS


ODS_COLUMNS = [
    "file_name",
    "document_id",
    "record_number",
    "ingest_seq",
    "file_sha256",
    "load_timestamp",
    "ref_date",
]
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
