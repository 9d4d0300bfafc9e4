"""Rounds: each runs everything once, in turn, so that all meet the same load on the machine."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from comparing import compare
from measure import Figures
from participants import LOOP, OURS, Firmograph, Peer, give, measure_loop
from profiling import profile
from results import Result

UPLOADS = Path("workingArea/uploads")


@dataclass(frozen=True)
class Bench:
    """What scenarios share.

    Attributes:
        work: an empty folder, removed after the scenario.
        ours: the program measured.
        peers: the other participants.
        count: how large the scenario is to be.
        rounds: how often everything runs.
        slow_rounds: how often slow peers do.
    """

    work: Path
    ours: Firmograph
    peers: Sequence[Peer]
    count: int
    rounds: int
    slow_rounds: int

    def folder(self, name: str) -> Path:
        """A new folder."""
        path = self.work / name
        path.mkdir()
        return path

    def written(self, name: str, write: Callable[[Path, int], None], count: int = 0) -> Path:
        """A new folder of uploads."""
        folder = self.folder(name)
        write(folder, count or self.count)
        return folder

    def empty_root(self) -> Path:
        """A root without uploads; replaces the previous one."""
        root = self.work / "root"
        shutil.rmtree(root, ignore_errors=True)
        (root / UPLOADS).mkdir(parents=True)
        return root

    def root(self, uploads: Path) -> Path:
        """A root with a copy of the uploads; replaces the previous one."""
        root = self.empty_root()
        give(uploads, root / UPLOADS)
        return root

    def again(self, root: Path, uploads: Path) -> Figures:
        """Our run over one more drop."""
        give(uploads, root / UPLOADS)
        return self.ours.run(root)

    def profile(self, root: Path, uploads: Path) -> dict[str, float]:
        """The profile of such a run."""
        give(uploads, root / UPLOADS)
        return profile(self.ours.command(root))

    def taking_part(self, number: int) -> list[Peer]:
        """The peers of a round."""
        return [p for p in self.peers if p.is_possible and number < self.times(p)]

    def times(self, peer: Peer) -> int:
        """The number of rounds that a peer takes part in."""
        return min(self.slow_rounds, self.rounds) if peer.is_slow else self.rounds

    def notes(self) -> list[str]:
        """Notes on participants measured less often than the others, or not at all."""
        fewer = [p for p in self.peers if p.is_possible and self.times(p) < self.rounds]
        missing = [p for p in self.peers if not p.is_possible]
        return [
            *(f"{p.name}: {self.times(p)} of {self.rounds} rounds" for p in fewer),
            *(f"{p.name}: NOT MEASURED, `{p.needs}` is missing" for p in missing),
        ]


def interleaved(bench: Bench, uploads: Path, result: Result) -> Iterator[Path]:
    """A first load by all in every round; yields our root once the others were compared with it."""
    for number in range(bench.rounds):
        root = bench.root(uploads)
        result.took(OURS, bench.ours.run(root))
        for peer in bench.taking_part(number):
            result.took(peer.name, by_hand(bench, peer, uploads, root))
        result.took(LOOP, measure_loop(uploads, bench.work / "loop.parquet"))
        yield root


def by_hand(bench: Bench, peer: Peer, uploads: Path, root: Path, *, raw: bool = True) -> Figures:
    """A peer's run, which counts only if its tables equal ours."""
    copy, target = give(uploads, bench.work / "copy"), bench.work / "by_hand"
    figures = peer.measure(copy, target)
    compare(root, target, raw=raw)
    for folder in (copy, target):
        shutil.rmtree(folder)
    return figures
