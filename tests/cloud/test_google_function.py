"""The Cloud Function, served as on the platform; the jobs it starts are asked of a small server."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from servers import free_port

import firmograph
from firmograph.cloud.google.function import handle
from firmograph.cloud.google.jobs import job_of

NAME = "projects/acme/locations/europe-west6/jobs/firmograph"
BATCHES = "projects/acme/locations/europe-west6"


class Jobs(BaseHTTPRequestHandler):
    """Cloud Run and Dataproc as far as their documentation says what these requests answer."""

    asked: list[tuple[str, Any]]
    unfinished: list[str]

    def do_GET(self) -> None:
        self.asked.append((self.path.split("?")[0], self.headers["Authorization"]))
        ended = {"name": "old", "completionTime": "2026-01-01T00:00:00Z"}
        executions = [ended, *({"name": name} for name in self.unfinished)]
        batches = [{"name": name, "state": "RUNNING"} for name in self.unfinished]
        self._answer({"executions": executions, "batches": batches})

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            self._answer({"access_token": "granted", "expires_in": 3600, "token_type": "Bearer"})
            return
        if self.path.startswith("/nowhere/"):
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b"there is\nno such job")
            return
        self.asked.append((self.path, json.loads(content)))
        self.unfinished.append(f"run-{len(self.unfinished)}")
        self._answer({"name": self.unfinished[-1]})

    def _answer(self, content: Any) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Jobs]]:
    """The server of the jobs, to which the environment leads, with an account of its own."""
    handler = type("Handler", (Jobs,), {"asked": [], "unfinished": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        account = {
            "type": "service_account",
            "client_email": "starter@acme.example",
            "private_key": key.decode(),
            "project_id": "acme",
            "token_uri": f"{address}/token",
        }
        file = tmp_path / "account.json"
        file.write_text(json.dumps(account))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        monkeypatch.setenv("FIRMOGRAPH_JOB_ENDPOINT", address)
        yield handler
        server.shutdown()


@pytest.fixture
def function(jobs: type[Jobs], tmp_path: Path) -> Iterator[Callable[[dict[str, str]], int]]:
    """The function, served; sends it an event with such attributes, and returns the status."""
    source, port = tmp_path / "main.py", free_port()
    source.write_text("from firmograph.cloud.google.function import handle\n")
    environment = {
        "FIRMOGRAPH_JOB": "run:acme/europe-west6/firmograph",
        "FIRMOGRAPH_UPLOADS": "gs://acme-data/dnb",
    }
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "functions_framework", "--target", "handle"),
            *("--source", str(source), "--signature-type", "cloudevent"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )

    def send(attributes: dict[str, str]) -> int:
        content = {"message": {"attributes": attributes, "data": ""}, "subscription": "s"}
        headers = {
            "Content-Type": "application/json",
            "ce-id": "1",
            "ce-specversion": "1.0",
            "ce-source": "//pubsub.googleapis.com/projects/acme/topics/uploads",
            "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        }
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/", json.dumps(content).encode(), headers
        )
        for _ in range(600):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                return int(error.code)
            except urllib.error.URLError:
                assert server.poll() is None
                time.sleep(0.1)  # it is starting, and does not say when it is there
        pytest.fail("the function does not start")

    yield send
    server.kill()
    server.wait()


def arrived(name: str) -> dict[str, str]:
    """The attributes of a notification for a new object."""
    return {"eventType": "OBJECT_FINALIZE", "bucketId": "acme-data", "objectId": name}


def test_event_starts_the_job_unless_one_waits_for_another(
    function: Callable[[dict[str, str]], int], jobs: type[Jobs]
) -> None:
    assert function(arrived("dnb/a_data_blocks_20260301.json")) == 200
    assert jobs.asked == [(f"/v2/{NAME}/executions", "Bearer granted"), (f"/v2/{NAME}:run", {})]
    assert (function(arrived("dnb/b.json")), len(jobs.unfinished)) == (200, 2)
    assert (function(arrived("dnb/c.json")), len(jobs.unfinished)) == (503, 2)
    jobs.unfinished.pop()
    assert (function(arrived("dnb/c.json")), len(jobs.unfinished)) == (200, 2)


def test_only_new_objects_of_the_uploads_start_a_job(
    function: Callable[[dict[str, str]], int], jobs: type[Jobs]
) -> None:
    assert function(arrived("lake/part-0.parquet")) == 200
    assert function({**arrived("dnb/a.json"), "eventType": "OBJECT_DELETE"}) == 200
    assert jobs.asked == []
    assert (function({}), len(jobs.unfinished)) == (200, 1)


@pytest.mark.parametrize(
    "data", [None, b"look", [], {}, {"message": None}, {"message": {"attributes": ["look"]}}]
)
def test_event_of_another_form_starts_the_job(
    jobs: type[Jobs], monkeypatch: pytest.MonkeyPatch, data: Any
) -> None:
    monkeypatch.setenv("FIRMOGRAPH_JOB", "run:acme/europe-west6/firmograph")
    monkeypatch.setenv("FIRMOGRAPH_UPLOADS", "gs://acme-data/dnb")
    handle(SimpleNamespace(data=data))
    assert len(jobs.unfinished) == 1


def test_job_that_is_not_there_is_an_error_with_what_google_says(jobs: type[Jobs]) -> None:
    endpoint = os.environ["FIRMOGRAPH_JOB_ENDPOINT"]
    environment = {"FIRMOGRAPH_JOB": "run:acme/europe-west6/nowhere"}
    job = job_of({**environment, "FIRMOGRAPH_JOB_ENDPOINT": f"{endpoint}/nowhere"})
    with pytest.raises(firmograph.FirmographError) as caught:
        job.start()
    name = "projects/acme/locations/europe-west6/jobs/nowhere"
    assert caught.value.message == (
        f"{endpoint}/nowhere/v2/{name}:run answered 404: there is no such job"
    )


def test_dataproc_batch_is_started_with_its_script(jobs: type[Jobs]) -> None:
    environment = {
        "FIRMOGRAPH_JOB": "dataproc:acme/europe-west6",
        "FIRMOGRAPH_JOB_ENDPOINT": os.environ["FIRMOGRAPH_JOB_ENDPOINT"],
        "FIRMOGRAPH_ENTRY_POINT": "gs://acme-code/job.py",
        "FIRMOGRAPH_SERVICE_ACCOUNT": "pipeline@acme.example",
        "FIRMOGRAPH_ARGUMENTS": "--root gs://acme-code/configuration",
        "FIRMOGRAPH_IMAGE": "europe-west6-docker.pkg.dev/acme/images/firmograph:1",
        "FIRMOGRAPH_KMS_KEY": "projects/acme-keys/locations/europe-west6/keyRings/r/cryptoKeys/k",
    }
    job = job_of(environment)
    assert (job.unfinished(), job.start(), job.unfinished()) == (0, "run-0", 1)
    path, batch = jobs.asked[1]
    assert path == f"/v1/{BATCHES}/batches"
    assert batch == {
        "pysparkBatch": {
            "mainPythonFileUri": "gs://acme-code/job.py",
            "args": ["--root", "gs://acme-code/configuration"],
        },
        "runtimeConfig": {
            "version": "3.0",
            "containerImage": "europe-west6-docker.pkg.dev/acme/images/firmograph:1",
        },
        "environmentConfig": {
            "executionConfig": {
                "serviceAccount": "pipeline@acme.example",
                "kmsKey": "projects/acme-keys/locations/europe-west6/keyRings/r/cryptoKeys/k",
            }
        },
        "labels": {"firmograph": "run"},
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "the variable FIRMOGRAPH_JOB is not set; allowed is run:PROJECT/REGION/JOB or "),
        ("run:acme/firmograph", "FIRMOGRAPH_JOB is 'run:acme/firmograph'"),
        ("dataproc:acme/", "FIRMOGRAPH_JOB is 'dataproc:acme/'"),
    ],
)
def test_job_that_is_not_named_is_an_error(name: str, message: str) -> None:
    with pytest.raises(firmograph.UsageError) as caught:
        job_of({"FIRMOGRAPH_JOB": name})
    assert caught.value.message.startswith(message)


def test_function_needs_nothing_but_its_requirements() -> None:
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import firmograph.cloud.google.function\n"
        "loaded = {name.partition('.')[0] for name in sys.modules.keys() - before}\n"
        "print(*loaded - sys.stdlib_module_names)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"duckdb", "pyarrow", "deltalake", "msgspec", "yaml", "obstore", "grpc"}
    assert not heavy & set(done.stdout.split())
