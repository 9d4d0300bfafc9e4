"""Stores that the tests start themselves: two independent S3 servers, and one of Cloud Storage.

Each worker starts its own, when a test first asks for it, and stops it at the end. `make` installs
them in `.venv-servers`. Every test gets a bucket of its own, and the environment that leads to it.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import obstore
import pytest
from obstore.store import S3Store

PROGRAMS = Path(__file__).parents[1] / ".venv-servers" / "bin"
TOPIC = "projects/acme/topics/uploads"
"""Of Pub/Sub, told of new objects by `Servers.telling`."""
ACCESS_KEY, SECRET_KEY = "testing", "testing-secret"
STRICT = "-strict"
"""Ends the name of a MiniStack that enforces permissions; the usual one lets everybody in."""
STRANGER, STRANGERS_KEY = "stranger", "strangers-secret"
"""Somebody whom versitygw knows, but who may do nothing."""
STORES = tuple(pytest.param(name, marks=pytest.mark.objects) for name in ("versitygw", "ministack"))
"""For tests that are to hold on each S3 store; they ask for the fixture `bucket`."""
EVERY_STORE = (*STORES, pytest.param("fake-gcs-server", marks=pytest.mark.objects))
"""The same, and Cloud Storage."""


class Server(NamedTuple):
    """A running store."""

    name: str
    address: str
    process: subprocess.Popen[str]
    access_log: Path

    def make_bucket(self) -> str:
        """A new, empty bucket; returns its name."""
        name = f"test-{uuid.uuid4().hex}"
        address, content = f"{self.address}/{name}", None
        if self.is_cloud_storage:
            address, content = f"{self.address}/storage/v1/b", f'{{"name": "{name}"}}'.encode()
        if self.name == "versitygw":  # the other one lets everybody in
            store = S3Store(
                name,
                config={"endpoint": self.address, "allow_http": "true", "region": "us-east-1"},
                access_key_id=ACCESS_KEY,
                secret_access_key=SECRET_KEY,
            )
            address = obstore.sign(store, "PUT", "", timedelta(minutes=1))
        request = urllib.request.Request(address, content, method="POST" if content else "PUT")  # noqa: S310
        with urllib.request.urlopen(request):  # noqa: S310
            return name

    @property
    def is_cloud_storage(self) -> bool:
        """Whether it is no S3 store."""
        return self.name.startswith("fake-gcs-server")


class Bucket(NamedTuple):
    """A bucket of a test's own.

    Attributes:
        name: its own.
        server: that holds it.
        endpoint: the address where clients find it.
    """

    name: str
    server: Server
    endpoint: str

    @property
    def url(self) -> str:
        """As the program takes it."""
        return f"{'gs' if self.server.is_cloud_storage else 's3'}://{self.name}"

    def requests(self) -> Counter[str]:
        """How often each operation was asked for since it was made, by versitygw's access log.

        A line is written after the answer, so look again for what was asked for last.
        """
        lines = self.server.access_log.read_text("utf-8").splitlines()
        made = Counter(
            line.split()[7].removeprefix("s3_") for line in lines if line.split()[1] == self.name
        )
        return made - Counter(["CreateBucket"])


class Servers:
    """The stores that have been started."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._running = folder, dict[str, Server]()

    def has(self, name: str) -> bool:
        """Whether a store is installed."""
        return (PROGRAMS / name).is_file()

    def get(self, name: str) -> Server:
        """A store, which is started if nobody asked for it before."""
        if name not in self._running:
            program = PROGRAMS / name.removesuffix(STRICT)
            if not program.is_file():
                _missing(name)
            folder = self._folder / name
            folder.mkdir()
            start = {
                "versitygw": _start_versitygw,
                "ministack": _start_ministack,
                f"ministack{STRICT}": _start_strict_ministack,
                "fake-gcs-server": _start_fake_gcs_server,
                "pubsub-server": _start_pubsub_server,
            }[name]
            self._running[name] = start(program, folder)
        return self._running[name]

    def telling(self) -> Server:
        """A Cloud Storage that tells the topic `TOPIC` of Pub/Sub of each new object."""
        name = "fake-gcs-server-telling"
        if name not in self._running:
            pubsub, program = self.get("pubsub-server"), PROGRAMS / "fake-gcs-server"
            folder = self._folder / name
            folder.mkdir()
            self._running[name] = _start_fake_gcs_server(program, folder, pubsub.address)
        return self._running[name]

    def face(self, server: Server) -> Server:
        """Cloud Storage's XML interface before a server that has only JSON."""
        name = f"face-of-{server.name}"
        if name not in self._running:
            port, script = str(free_port()), Path(__file__).with_name("cloud_storage.py")
            command: list[str | Path] = [sys.executable, script, server.address, port]
            log = self._folder / name
            process = _start(command, {}, "Cloud Storage is at", log)
            self._running[name] = Server(name, f"http://127.0.0.1:{port}", process, log)
        return self._running[name]

    def stop(self) -> None:
        """Stops what was started."""
        for server in self._running.values():
            server.process.kill()
            server.process.wait()


def _missing(name: str) -> None:
    reason = f"NOTHING IS TESTED ON {name.upper()}: `make .venv-servers/installed` installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _start_versitygw(program: Path, folder: Path) -> Server:
    for name in ("data", "users"):
        (folder / name).mkdir()
    log = folder / "access.log"
    port = free_port()
    server = _start(
        [
            *(program, "--port", f"127.0.0.1:{port}", "--keep-alive", "--access-log", log),
            *("--iam-dir", folder / "users", "posix", folder / "data"),
        ],
        {"ROOT_ACCESS_KEY_ID": ACCESS_KEY, "ROOT_SECRET_ACCESS_KEY": SECRET_KEY},
        "service listening on",
        folder / "output",
    )
    address = f"http://127.0.0.1:{port}"
    subprocess.run(
        [
            *(program, "admin", "--access", ACCESS_KEY, "--secret", SECRET_KEY),
            *("--endpoint-url", address, "create-user"),
            *("--access", STRANGER, "--secret", STRANGERS_KEY, "--role", "user"),
        ],
        check=True,
        capture_output=True,
    )
    return Server("versitygw", address, server, log)


def _start_strict_ministack(program: Path, folder: Path) -> Server:
    return _start_ministack(program, folder, AUTH="true")


def _start_ministack(program: Path, folder: Path, **further: str) -> Server:
    port = free_port()
    server = _start(
        [program],
        {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",  # by itself it listens everywhere
            "IOT_MTLS_ENABLED": "0",
            "S3_PERSIST": "0",
            "TMPDIR": str(folder),
            **further,
        },
        "Running on http",
        folder / "output",
    )
    return Server("ministack", f"http://127.0.0.1:{port}", server, folder / "output")


def _start_fake_gcs_server(program: Path, folder: Path, pubsub: str = "") -> Server:
    port = free_port()
    project, _, topic = TOPIC.removeprefix("projects/").partition("/topics/")
    telling = (f"-event.pubsub-project-id={project}", f"-event.pubsub-topic={topic}")
    server = _start(
        [
            *(program, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)),
            *("-backend", "memory", "-public-host", f"127.0.0.1:{port}"),
            *(telling if pubsub else ()),
        ],
        {"PUBSUB_EMULATOR_HOST": pubsub} if pubsub else {},
        "server started at",
        folder / "output",
    )
    name = "fake-gcs-server-telling" if pubsub else "fake-gcs-server"
    return Server(name, f"http://127.0.0.1:{port}", server, folder / "output")


def _start_pubsub_server(program: Path, folder: Path) -> Server:
    port = free_port()
    server = _start([program, "-port", str(port)], {}, "127.0.0.1", folder / "output")
    return Server("pubsub-server", f"127.0.0.1:{port}", server, folder / "output")


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _start(
    command: list[str | Path], environment: Mapping[str, str], ready: str, output: Path
) -> subprocess.Popen[str]:
    """Starts a server and waits until it says that it listens."""
    process = subprocess.Popen(
        command,
        env={"PATH": os.environ["PATH"], "HOME": str(output.parent), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    is_ready = threading.Event()

    def listen() -> None:
        assert process.stdout
        with process.stdout, output.open("w") as log:
            for line in process.stdout:
                log.write(line)
                if ready in line:
                    is_ready.set()

    threading.Thread(target=listen, daemon=True).start()
    if not is_ready.wait(60):
        process.kill()
        pytest.fail(f"{command[0]} does not start: {output.read_text()}")
    return process


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The stores of this worker."""
    found = Servers(tmp_path_factory.mktemp("servers"))
    yield found
    found.stop()


@pytest.fixture
def make_bucket(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Bucket]:
    """Makes a bucket on a store, and sets the environment that leads to it for this test."""

    def make(name: str) -> Bucket:
        server = servers.get(name)
        endpoint = servers.face(server).address if server.is_cloud_storage else server.address
        if server.is_cloud_storage:
            account = service_account(endpoint, tmp_path_factory.mktemp("account"))
            _set({"GOOGLE_SERVICE_ACCOUNT": str(account)}, monkeypatch)
        else:
            lead_to(endpoint, monkeypatch)
        return Bucket(server.make_bucket(), server, endpoint)

    return make


@pytest.fixture
def bucket(make_bucket: Callable[[str], Bucket], request: pytest.FixtureRequest) -> Bucket:
    """An empty bucket where a test that is parametrized by `STORES` runs."""
    return make_bucket(request.param)


def lead_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets the environment that leads to an S3 store at an address, and no other."""
    environment = {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    _set(environment, monkeypatch)


def service_account(address: str, folder: Path) -> Path:
    """Writes the file that leads to Cloud Storage at an address; returns its path."""
    account = folder / f"service-account-{urlsplit(address).port}.json"
    facts = {"gcs_base_url": address, "disable_oauth": True}
    facts |= dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
    account.write_text(json.dumps(facts))
    return account


def _set(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_"))]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
