"""The Lambda function: which job it starts, and which messages are to come again."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from servers import Servers, lead_to

import firmograph
from firmograph.cloud.aws.function import handler
from firmograph.cloud.aws.jobs import ECSTask, EMRServerlessJob, GlueJob, job_of
from firmograph.cloud.starting import start_unless_pending

BATCH = {"Records": [{"messageId": "m1", "body": "{}"}, {"messageId": "m2", "body": "{}"}]}
AGAIN = {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}
NONE = {"batchItemFailures": []}
ARN = "arn:aws:emr-serverless:eu-central-1:123456789012:/applications/app/jobruns/0"


@pytest.fixture
def ministack(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Clients of a server, to which the environment leads."""
    lead_to(servers.get("ministack").address, monkeypatch)
    return lambda service: boto3.client(service, region_name="us-east-1")


@pytest.fixture
def tasks(ministack: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """An ECS cluster with a task definition, which the environment names; its tasks that run."""
    ecs = ministack("ecs")
    ecs.create_cluster(clusterName="companies")
    ecs.register_task_definition(
        family="firmograph",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="1024",
        memory="4096",
        containerDefinitions=[{"name": "run", "image": "firmograph", "memory": 4096}],
    )
    monkeypatch.setenv("FIRMOGRAPH_JOB", "ecs:companies/firmograph")
    monkeypatch.setenv("FIRMOGRAPH_SUBNETS", "subnet-1,subnet-2")
    monkeypatch.setenv("FIRMOGRAPH_SECURITY_GROUPS", "sg-1")
    for arn in ecs.list_tasks(cluster="companies")["taskArns"]:
        ecs.stop_task(cluster="companies", task=arn)
    return lambda: ecs.list_tasks(cluster="companies", desiredStatus="RUNNING")["taskArns"]


@pytest.mark.objects
def test_task_is_started_unless_one_waits_for_another(
    ministack: Callable[[str], Any], tasks: Callable[[], Any]
) -> None:
    assert (handler(BATCH, None), len(tasks())) == (NONE, 1)
    assert (handler(BATCH, None), len(tasks())) == (NONE, 2)
    assert (handler(BATCH, None), len(tasks())) == (AGAIN, 2)
    ministack("ecs").stop_task(cluster="companies", task=tasks()[0])
    assert (handler(BATCH, None), len(tasks())) == (NONE, 2)


@pytest.mark.objects
def test_schedule_starts_the_task_as_well(tasks: Callable[[], Any]) -> None:
    assert (handler({"source": "aws.scheduler"}, None), len(tasks())) == (NONE, 1)


@pytest.mark.objects
@pytest.mark.parametrize(
    "event",
    [None, "look", [], {"Records": None}, {"Records": [{"s3": {}}]}, {"Records": [None, "look"]}],
)
def test_event_of_another_form_starts_the_task_once(tasks: Callable[[], Any], event: Any) -> None:
    assert (handler(event, None), len(tasks())) == (NONE, 1)


def test_call_that_another_one_was_quicker_than_acknowledges_nothing() -> None:
    client = boto3.client("glue", region_name="us-east-1")
    with Stubber(client) as aws:
        aws.add_response("get_job_runs", {"JobRuns": []})
        aws.add_client_error("start_job_run", "ConcurrentRunsExceededException")
        assert start_unless_pending(GlueJob("j", client)) is None


def test_lists_and_arguments_are_read_as_a_person_writes_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    ecs = {"FIRMOGRAPH_JOB": "ecs:c/f", "FIRMOGRAPH_SUBNETS": "subnet-1, subnet-2,"}
    task = job_of({**ecs, "FIRMOGRAPH_SECURITY_GROUPS": "sg-1"})
    assert isinstance(task, ECSTask)
    assert (task.subnets, task.security_groups) == (["subnet-1", "subnet-2"], ["sg-1"])
    job = job_of(
        {
            "FIRMOGRAPH_JOB": "emr-serverless:app",
            "FIRMOGRAPH_EXECUTION_ROLE": "arn:aws:iam::1:role/r",
            "FIRMOGRAPH_ENTRY_POINT": "s3://c/job.py",
            "FIRMOGRAPH_ARGUMENTS": "--root s3://c/r --set 'uploads=s3://c/new files'",
        }
    )
    assert isinstance(job, EMRServerlessJob)
    assert job.arguments == ["--root", "s3://c/r", "--set", "uploads=s3://c/new files"]


@pytest.mark.objects
def test_glue_job_is_started(
    ministack: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    glue = ministack("glue")
    script = {"Name": "glueetl", "ScriptLocation": "s3://acme-code/job.py"}
    glue.create_job(Name="companies", Role="role", Command=script)
    monkeypatch.setenv("FIRMOGRAPH_JOB", "glue:companies")
    assert handler(BATCH, None) == NONE
    assert len(glue.get_job_runs(JobName="companies")["JobRuns"]) == 1


@pytest.mark.parametrize(
    ("states", "is_started"),
    [
        ([], True),
        (["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR"], True),
        (["RUNNING"], True),
        (["WAITING", "RUNNING"], False),
        (["STARTING", "STOPPING", "SUCCEEDED"], False),
    ],
)
def test_glue_run_that_has_not_ended_counts(states: list[str], is_started: bool) -> None:
    client = boto3.client("glue", region_name="us-east-1")
    with Stubber(client) as aws:
        runs = [{"Id": str(n), "JobRunState": state} for n, state in enumerate(states)]
        aws.add_response("get_job_runs", {"JobRuns": runs}, {"JobName": "j", "MaxResults": 20})
        aws.add_response("start_job_run", {"JobRunId": "new"}, {"JobName": "j"})
        assert start_unless_pending(GlueJob("j", client)) == ("new" if is_started else None)


def test_emr_job_is_started_with_its_script_and_arguments() -> None:
    client = boto3.client("emr-serverless", region_name="us-east-1")
    job = EMRServerlessJob("app", "arn:aws:iam::1:role/r", "s3://c/job.py", ["--root", "s3://c/r"],
                           "--conf spark.executor.memory=4g", "/acme/runs", client)  # fmt: skip
    with Stubber(client) as aws:
        aws.add_response("list_job_runs", {"jobRuns": []})
        aws.add_response(
            "start_job_run",
            {"applicationId": "app", "jobRunId": "0", "arn": ARN},
            {
                "applicationId": "app",
                "executionRoleArn": "arn:aws:iam::1:role/r",
                "name": "firmograph",
                "jobDriver": {
                    "sparkSubmit": {
                        "entryPoint": "s3://c/job.py",
                        "entryPointArguments": ["--root", "s3://c/r"],
                        "sparkSubmitParameters": "--conf spark.executor.memory=4g",
                    }
                },
                "configurationOverrides": {
                    "monitoringConfiguration": {
                        "cloudWatchLoggingConfiguration": {
                            "enabled": True,
                            "logGroupName": "/acme/runs",
                            "logTypes": {"SPARK_DRIVER": ["STDOUT", "STDERR"]},
                        }
                    }
                },
            },
        )
        assert start_unless_pending(job) == "0"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "the variable FIRMOGRAPH_JOB is not set; allowed is glue:NAME, ecs:CLUSTER/FAMILY"),
        ({"FIRMOGRAPH_JOB": "batch:x"}, "FIRMOGRAPH_JOB is 'batch:x'"),
        ({"FIRMOGRAPH_JOB": "glue:"}, "FIRMOGRAPH_JOB is 'glue:'"),
        ({"FIRMOGRAPH_JOB": "ecs:cluster"}, "FIRMOGRAPH_JOB is 'ecs:cluster'"),
        ({"FIRMOGRAPH_JOB": "ecs:/f"}, "FIRMOGRAPH_JOB is 'ecs:/f'"),
        (
            {"FIRMOGRAPH_JOB": "ecs:c/f"},
            "the variable FIRMOGRAPH_SUBNETS is not set; allowed is subnet-…,subnet-…",
        ),
        (
            {"FIRMOGRAPH_JOB": "ecs:c/f", "FIRMOGRAPH_SUBNETS": " , "},
            "the variable FIRMOGRAPH_SUBNETS is not set",
        ),
        (
            {
                "FIRMOGRAPH_JOB": "emr-serverless:app",
                "FIRMOGRAPH_EXECUTION_ROLE": "arn:aws:iam::1:role/r",
                "FIRMOGRAPH_ENTRY_POINT": "s3://c/job.py",
                "FIRMOGRAPH_ARGUMENTS": "--root 's3://c",
            },
            'FIRMOGRAPH_ARGUMENTS is "--root \'s3://c", which a shell cannot read: No closing',
        ),
    ],
)
def test_job_that_is_not_named_is_an_error(environment: dict[str, str], message: str) -> None:
    with pytest.raises(firmograph.UsageError) as caught:
        job_of(environment)
    assert caught.value.message.startswith(message)


def test_function_needs_nothing_but_what_lambda_has() -> None:
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import firmograph.cloud.aws.function\n"
        "loaded = {name.partition('.')[0] for name in sys.modules.keys() - before}\n"
        "print(*loaded - sys.stdlib_module_names)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    boto3s = {
        "boto3",
        "botocore",
        "certifi",
        "dateutil",
        "jmespath",
        "s3transfer",
        "six",
        "urllib3",
    }
    loaded = {name for name in done.stdout.split() if not name.startswith("_")}
    assert loaded <= boto3s | {"firmograph"}
