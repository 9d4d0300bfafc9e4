"""Where a run spends its time: the parts of firmograph at work, by sampling."""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

RATE = 100
SHOWN = 8
OTHER = "start-up and imports"
PART = re.compile(r"\(firmograph/([\w/]+)\.py")


def profile(command: Sequence[str]) -> dict[str, float]:
    """Runs a command under a sampler; returns the share of each part, largest first.

    A sample is a thread at work, in any process; it counts for the innermost function of
    firmograph on its stack, which stands for the libraries it called. Empty if sampling is not
    allowed.
    """
    sampler = Path(sys.executable).with_name("py-spy")
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder) / "stacks"
        options = ["--subprocesses", "--rate", str(RATE), "--format", "raw", "--output", stacks]
        ended = subprocess.run(
            [sampler, "record", *options, "--", *command], capture_output=True, check=False
        )
        if ended.returncode or not stacks.exists():
            print("where the time goes: not measured, as processes may not be sampled here")
            return {}
        return shares(stacks.read_text("utf-8"))


def shares(stacks: str) -> dict[str, float]:
    """Each part's share of the samples; lines are `frame;frame;frame count`."""
    counts: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        parts = PART.findall(stack)
        counts[parts[-1] if parts else OTHER] += int(count)
    total = max(counts.total(), 1)
    return {part: round(count / total, 3) for part, count in counts.most_common(SHOWN)}
