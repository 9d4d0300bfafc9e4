"""How quickly the browser pages answer, and how much memory their server takes.

    .venv/bin/python benchmarks/ui.py --out benchmarks/UI.md

Publishes the examples, and a lake of many companies with one large family, in a temporary folder
(or reads one that `--large` names), starts `firmograph ui` on each, and asks every page. Chromium,
if there is one, opens the picture of the large family.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import quote
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from playwright.sync_api import sync_playwright
from uploads.directory import family_pages, largest_family, lines

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples" / "uploads"
PROGRAM = [sys.executable, "-m", "firmograph"]
COMPANIES, MEMBERS = 500_000, 100_000
ROUNDS, STARTS = 5, 7
PAGES = (
    "/",
    "/companies",
    "/companies?q=zurich",
    "/companies?q=" + quote("marine 4999"),
    "/companies?q=copper&country=Japan",
    "/company/{duns}",
    "/family/{root}",
    "/family/{root}?focus={duns}",
    "/family/{root}/icicle",
    "/quarantine",
    "/runs",
    "/tables",
    "/tables/dw_company_data",
    "/tables/ods_datablocks_raw",
    "/sql?q=" + quote("SELECT primary_name FROM dw_company_data WHERE duns = '{duns}'", safe="{}"),
    "/drift",
    "/dashboards",
    "/dictionary",
)
PAINTED = """async canvas => {
  const seen = () => new Set(new Uint32Array(canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
  while (seen() < 3) await new Promise(requestAnimationFrame);
  return performance.now();
}"""


class Page(NamedTuple):
    """Milliseconds of the first answer and the median of later ones, and its size in bytes."""

    path: str
    first: float
    later: float
    size: int


class Lake(NamedTuple):
    """A root folder, and a family and a company in it."""

    name: str
    root: Path
    family: str
    company: str


class Server(NamedTuple):
    """A server that runs: its process, its address, and a client with its cookie."""

    process: int
    address: str
    client: OpenerDirector


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """Starts the program on a root folder."""
    line = [*PROGRAM, "ui", "--root", str(root), "--port", "0", "--no-browser"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            client = build_opener(HTTPCookieProcessor(CookieJar()))
            client.addheaders = [("Accept-Encoding", "gzip")]
            yield Server(process.pid, address, client)
        finally:
            process.terminate()


def first_answer(lake: Lake) -> float:
    """Seconds from the start of the program to the whole overview."""
    begun = time.perf_counter()
    with serving(lake.root) as server, server.client.open(server.address) as answer:
        answer.read()
        return time.perf_counter() - begun


def yardstick(lake: Lake) -> float:
    """Seconds that `firmograph status` takes, to tell a slow page from a busy machine."""
    begun = time.perf_counter()
    line = [*PROGRAM, "status", "--root", str(lake.root)]
    subprocess.run(line, check=False, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def ask(server: Server, path: str) -> tuple[float, int]:
    """Milliseconds of a page, and its bytes over the wire."""
    begun = time.perf_counter()
    with server.client.open(server.address.partition("/?")[0] + path) as answer:
        size = len(answer.read())
    return (time.perf_counter() - begun) * 1000, size


def measure(lake: Lake) -> tuple[list[Page], float]:
    """Every page of a lake, and the most memory that the server took, in MiB."""
    with serving(lake.root) as server:
        server.client.open(server.address).read()
        pages = []
        for path in PAGES:
            named = path.replace("{root}", lake.family).replace("{duns}", lake.company)
            first, size = ask(server, named)
            later = median(ask(server, named)[0] for _ in range(ROUNDS))
            pages.append(Page(path, first, later, size))
        return pages, peak(server.process)


def peak(process: int) -> float:
    """The most memory a process had, in MiB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the system does not tell")


def painted(lake: Lake) -> list[float]:
    """Milliseconds from the navigation to the painted picture of the family; empty without one."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        return []
    with serving(lake.root) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(server.address)
        times = []
        for _ in range(ROUNDS + 1):
            page.goto(f"{server.address.partition('/?')[0]}/family/{lake.family}")
            times.append(page.locator("canvas").evaluate(PAINTED))
        browser.close()
    return times[1:]


def publish(name: str, root: Path, folder: Path | None = None) -> Lake:
    """Publishes the examples, or a large lake, in a root folder."""
    uploads = root / "workingArea" / "uploads"
    if folder is not None:
        shutil.copytree(folder, uploads)
    else:
        uploads.mkdir(parents=True)
        with (uploads / "all_data_blocks_20260401.jsonl").open("wb") as file:
            file.writelines(lines(COMPANIES, MEMBERS))
        for number, page in enumerate(family_pages(MEMBERS), 1):
            (uploads / f"large_family_tree_20260401_{number}.json").write_bytes(page)
    subprocess.run([*PROGRAM, "run", "--root", str(root)], check=False, capture_output=True)
    return known(name, root)


def known(name: str, root: Path) -> Lake:
    """A lake that is there, with its largest family and one of its members."""
    return Lake(name, root, *largest_family(root))


def report(lakes: Sequence[Lake]) -> Iterator[str]:
    """The lines of the page."""
    machine = f"{os.cpu_count()} shared cores, Python {platform.python_version()}"
    yield "# The browser pages\n"
    yield f"Written by `benchmarks/ui.py` ({machine}). Milliseconds: the first answer after a"
    yield f"start, and the median of {ROUNDS} later ones; bytes as sent. The load average of"
    yield f"the machine was {os.getloadavg()[0]:.1f} at the beginning.\n"
    measured = [(lake, *measure(lake)) for lake in lakes]
    yield "| page | " + " | ".join(f"{lake.name}: first | later | bytes" for lake in lakes) + " |"
    yield "|---|" + "---:|---:|---:|" * len(lakes)
    for row in zip(*(pages for _, pages, _ in measured), strict=True):
        cells = " | ".join(f"{one.first:.0f} | {one.later:.0f} | {one.size:,}" for one in row)
        yield f"| `{row[0].path}` | {cells} |"
    yield ""
    for lake, _, memory in measured:
        starts, others = zip(
            *((first_answer(lake), yardstick(lake)) for _ in range(STARTS)), strict=True
        )
        yield f"- {lake.name}: overview {median(starts):.2f} s after the start of the program"
        yield f"  (median of {STARTS}), `firmograph status` {median(others):.2f} s in between; the"
        yield f"  server's peak over all pages {memory:.0f} MiB"
    times = painted(lakes[-1])
    if times:
        yield f"- picture of {MEMBERS:,} members, navigation to paint: {median(times):.0f} ms"
        yield f"  (median of {len(times)}, {min(times):.0f} to {max(times):.0f})"


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the page here; else it is printed")
    parser.add_argument("--large", type=Path, help="root folder of a large lake that is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small = publish("examples", Path(folder) / "small", EXAMPLES)
        large = (
            known(f"{COMPANIES:,} companies", given.large)
            if given.large
            else publish(f"{COMPANIES:,} companies", Path(folder) / "large")
        )
        text = "\n".join(report([small, large])) + "\n"
    if given.out:
        given.out.write_text(text, "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
