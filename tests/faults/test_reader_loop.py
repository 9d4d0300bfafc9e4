"""A reader in another process sees whole runs only, while runs write and are ended."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from documents import organization, response
from scenario import firmograph, write

RUNS = int(os.environ.get("SOAK_READER_RUNS", "6"))
COMPANIES = 40
READER = """
import sys
from pathlib import Path
from firmograph.storage.opening import open_storage
from firmograph.contract.registry import load_contracts
from firmograph.queries.reader import open_reader
lake, stop, contracts = open_storage(sys.argv[1]), Path(sys.argv[2]), load_contracts()
reads, torn = 0, []
while not stop.exists():
    with open_reader(lake, contracts) as reader:
        rows = reader.sql(
            "SELECT c.registered_name AS run, count(*) AS companies, count(s.duns) AS listings, "
            "max(s.exchange_name) AS high, min(s.exchange_name) AS low FROM dw_company_data c "
            "LEFT JOIN dw_stock_exchanges s ON s.duns = c.duns GROUP BY c.registered_name"
        ).to_pylist()
    reads += 1
    if len(rows) != 1 or rows[0]["companies"] != 40 or rows[0]["listings"] != 40:
        torn.append(rows)
    elif not rows[0]["run"] == rows[0]["high"] == rows[0]["low"]:
        torn.append(rows)
print(reads, len(torn), torn[:1])
"""


def drop(root: Path, number: int) -> None:
    """Forty companies and their listings, all of which name the run that brought them."""
    for company in range(COMPANIES):
        listing = [{"tickerName": "X:Y", "exchangeName": {"description": f"run {number}"}}]
        duns = f"5000000{company:02}"
        record = organization(duns, "Name", stockExchanges=listing, registeredName=f"run {number}")
        time = f"{date(2026, 1, 1) + timedelta(number)}T00:00:00Z"
        write(
            root / "workingArea/uploads",
            f"c{company}_data_blocks_20260101.json",
            response(record, time),
        )


@pytest.mark.essential
def test_reader_sees_whole_runs_only(tmp_path: Path, figure: Callable[[str, object], None]) -> None:
    drop(tmp_path, 0)
    assert firmograph(tmp_path, "run").returncode == 0
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(tmp_path / "datasets"), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        try:
            for number in range(1, RUNS):
                drop(tmp_path, number)
                firmograph(tmp_path, "run", kill_at=60 + 17 * number)
                firmograph(tmp_path, "run")
        finally:
            stop.touch()
        output, _ = reader.communicate(timeout=60)
    reads, torn, examples = output.split(maxsplit=2)
    figure("reads while runs wrote and were ended, of which torn", f"{reads}, {torn}")
    assert int(reads) > RUNS
    assert int(torn) == 0, examples
