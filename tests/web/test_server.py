"""`firmograph ui` as a process: it starts, tells its address, answers, and ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest

Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start(examples: Path) -> Iterator[Start]:
    """Starts the program; gives the process and the address that it prints."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        line = [sys.executable, "-m", "firmograph", "ui", "--root", str(examples)]
        process = subprocess.Popen(
            [*line, "--no-browser", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        started.append(process)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert process.stdout.readline() == ("Ctrl-C ends it.\n" if address else "")
        return process, address

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_address_opens_the_lake_and_ctrl_c_ends_it(start: Start) -> None:
    process, address = start("--port", "0")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", address)
    with build_opener(HTTPCookieProcessor()).open(address, timeout=20) as answer:
        assert "12" in answer.read().decode()
        assert answer.url.endswith("/")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_ctrl_c_while_nobody_reads_a_long_csv_is_quiet(start: Start) -> None:
    process, address = start("--port", "0")
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", address)
    assert found is not None
    port, token = int(found[1]), found[2]
    with socket.create_connection(("127.0.0.1", port)) as connection:
        request = (
            "GET /sql.csv?q=FROM%20range(100000000) HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Cookie: firmograph-{port}={token}",
        )
        connection.sendall("\r\n".join([*request, "", ""]).encode())
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_another_process_is_not_let_in(start: Start) -> None:
    _, address = start("--port", "0")
    with pytest.raises(HTTPError, match="403"):
        urlopen(address.partition("?")[0], timeout=20)  # noqa: S310 - an http address


def test_only_this_machine_is_listened_to(start: Start) -> None:
    _, address = start("--port", "0")
    port = int(address.split(":")[2].partition("/")[0])
    with pytest.raises(OSError, match=r"refused|assign"):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_port_that_is_taken_is_told(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process, address = start("--port", str(port))
        _, err = process.communicate(timeout=20)
    assert (address, process.returncode) == ("", 2)
    assert f"error: port {port} cannot be used" in err
    assert "hint: choose another with --port" in err


def test_settings_that_are_wrong_are_told_at_once(start: Start) -> None:
    process, address = start("--set", "lake=ftp://x")
    _, err = process.communicate(timeout=20)
    assert (address, process.returncode) == ("", 2)
    assert "ftp://x" in err


def test_killed_server_leaves_nothing_behind(start: Start, tmp_path: Path) -> None:
    process, address = start("--port", "0", "--set", f"spill={tmp_path}")
    with build_opener(HTTPCookieProcessor()).open(address, timeout=20):
        pass
    process.kill()
    process.wait(timeout=20)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []
