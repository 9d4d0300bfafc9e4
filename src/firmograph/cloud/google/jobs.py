"""Jobs on Dataproc Serverless and Cloud Run, as the environment of the function names them.

Both are asked by their REST interfaces, since their client libraries are large and functions start
anew often: https://cloud.google.com/dataproc-serverless/docs/reference/rest/v1/projects.locations.batches
and https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import google.auth
from google.auth.transport.requests import AuthorizedSession

from firmograph.cloud.starting import Job, arguments_of, needed
from firmograph.errors import FirmographError, UsageError

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_TIMEOUT = 60
_FORMS = "run:PROJECT/REGION/JOB or dataproc:PROJECT/REGION"
_LABEL = "firmograph"


@dataclass(frozen=True)
class DataprocBatch:
    """A batch on Dataproc Serverless.

    Attributes:
        location: ``projects/…/locations/…``.
        batch: what the REST interface calls a Batch.
        session: sends requests.
        endpoint: of the service.
    """

    location: str
    batch: Mapping[str, Any]
    session: Any
    endpoint: str = "https://dataproc.googleapis.com"

    def unfinished(self) -> int:
        """How many batches with its label have not ended."""
        states = ("PENDING", "RUNNING", "CANCELLING", "STATE_UNSPECIFIED")
        chosen = " OR ".join(f"state = {state}" for state in states[:3])
        given = {"filter": f"labels.{_LABEL} = run AND ({chosen})", "pageSize": 20}
        answer = _answer(self.session.get(self._url, params=given, timeout=_TIMEOUT))
        return sum(batch.get("state") in states for batch in answer.get("batches", []))

    def start(self) -> str:
        """Starts one."""
        content = {**self.batch, "labels": {_LABEL: "run"}}
        return str(_answer(self.session.post(self._url, json=content, timeout=_TIMEOUT))["name"])

    @property
    def _url(self) -> str:
        return f"{self.endpoint}/v1/{self.location}/batches"


@dataclass(frozen=True)
class CloudRunJob:
    """A job of Cloud Run.

    Attributes:
        name: ``projects/…/locations/…/jobs/…``.
        session: sends requests.
        endpoint: of the service.
    """

    name: str
    session: Any
    endpoint: str = "https://run.googleapis.com"

    def unfinished(self) -> int:
        """How many of its newest executions have not ended."""
        url = f"{self.endpoint}/v2/{self.name}/executions"
        answer = _answer(self.session.get(url, params={"pageSize": 20}, timeout=_TIMEOUT))
        return sum("completionTime" not in run for run in answer.get("executions", []))

    def start(self) -> str:
        """Starts it with its own arguments."""
        url = f"{self.endpoint}/v2/{self.name}:run"
        return str(_answer(self.session.post(url, json={}, timeout=_TIMEOUT))["name"])


def job_of(environment: Mapping[str, str] | None = None) -> Job:
    """The job that ``FIRMOGRAPH_JOB`` names.

    Args:
        environment: instead of the process's own.

    Raises:
        UsageError: if it names none, or a variable of its kind is missing.
    """
    given = os.environ if environment is None else environment
    kind, _, rest = needed(given, "FIRMOGRAPH_JOB", _FORMS).partition(":")
    parts = rest.split("/")
    if kind == "run" and len(parts) == 3 and all(parts):
        project, region, name = parts
        path = f"projects/{project}/locations/{region}/jobs/{name}"
        return CloudRunJob(path, _session(), _endpoint(given, "https://run.googleapis.com"))
    if kind == "dataproc" and len(parts) == 2 and all(parts):
        project, region = parts
        location = f"projects/{project}/locations/{region}"
        endpoint = _endpoint(given, "https://dataproc.googleapis.com")
        return DataprocBatch(location, _batch(given), _session(), endpoint)
    raise UsageError(
        f"FIRMOGRAPH_JOB is {given['FIRMOGRAPH_JOB']!r}; allowed is {_FORMS}",
        hint="set it in the environment of the function",
    )


def _batch(environment: Mapping[str, str]) -> dict[str, Any]:
    script = needed(environment, "FIRMOGRAPH_ENTRY_POINT", "gs://… of the script")
    account = needed(environment, "FIRMOGRAPH_SERVICE_ACCOUNT", "an account's mail address")
    runtime = {"version": environment.get("FIRMOGRAPH_RUNTIME", "3.0")}
    if image := environment.get("FIRMOGRAPH_IMAGE"):
        runtime["containerImage"] = image
    execution = {"serviceAccount": account}
    if subnet := environment.get("FIRMOGRAPH_SUBNET"):
        execution["subnetworkUri"] = subnet
    if key := environment.get("FIRMOGRAPH_KMS_KEY"):
        execution["kmsKey"] = key
    return {
        "pysparkBatch": {"mainPythonFileUri": script, "args": arguments_of(environment)},
        "runtimeConfig": runtime,
        "environmentConfig": {"executionConfig": execution},
    }


def _session() -> AuthorizedSession:
    credentials, _ = google.auth.default(scopes=[_SCOPE])
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


def _endpoint(environment: Mapping[str, str], default: str) -> str:
    return environment.get("FIRMOGRAPH_JOB_ENDPOINT", default).rstrip("/")


def _answer(response: Any) -> Any:
    if not response.ok:
        raise FirmographError(
            f"{response.url} answered {response.status_code}: {' '.join(response.text.split())}",
            hint="FIRMOGRAPH_JOB must name what exists, and the account of the function may start "
            "it and list its runs",
        )
    return response.json()
