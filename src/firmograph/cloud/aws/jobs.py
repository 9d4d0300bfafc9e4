"""Jobs on Glue, ECS and EMR Serverless, as the environment of the function names them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmograph.cloud.aws.clients import client
from firmograph.cloud.starting import Job, arguments_of, listed, needed
from firmograph.errors import UsageError

_GLUE_UNFINISHED = ("STARTING", "RUNNING", "STOPPING", "WAITING")
_FORMS = "glue:NAME, ecs:CLUSTER/FAMILY or emr-serverless:APPLICATION"
_EMR_UNFINISHED = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING", "QUEUED"]


@dataclass(frozen=True)
class GlueJob:
    """A job of AWS Glue, which allows at least two concurrent runs.

    Attributes:
        name: of the job.
        client: of boto3.
    """

    name: str
    client: Any

    def unfinished(self) -> int:
        """How many of its newest runs have not ended."""
        runs = self.client.get_job_runs(JobName=self.name, MaxResults=20)["JobRuns"]
        return sum(run["JobRunState"] in _GLUE_UNFINISHED for run in runs)

    def start(self) -> str | None:
        """Starts it with its own arguments; None if another call of the function was quicker."""
        try:
            return str(self.client.start_job_run(JobName=self.name)["JobRunId"])
        except self.client.exceptions.ConcurrentRunsExceededException:
            return None


@dataclass(frozen=True)
class ECSTask:
    """A task of ECS on Fargate.

    Attributes:
        cluster: its name.
        family: of the task definition.
        subnets: their ids.
        security_groups: their ids.
        client: of boto3.
    """

    cluster: str
    family: str
    subnets: Sequence[str]
    security_groups: Sequence[str]
    client: Any

    def unfinished(self) -> int:
        """How many of its tasks are to run."""
        found = self.client.list_tasks(
            cluster=self.cluster, family=self.family, desiredStatus="RUNNING"
        )
        return len(found["taskArns"])

    def start(self) -> str:
        """Starts it.

        Raises:
            RuntimeError: if ECS has no place for it.
        """
        network = {
            "subnets": list(self.subnets),
            "securityGroups": list(self.security_groups),
            "assignPublicIp": "DISABLED",
        }
        answer = self.client.run_task(
            cluster=self.cluster,
            taskDefinition=self.family,
            launchType="FARGATE",
            count=1,
            networkConfiguration={"awsvpcConfiguration": network},
        )
        if not answer["tasks"]:
            raise RuntimeError(f"ECS did not start {self.family}: {answer['failures']}")
        return str(answer["tasks"][0]["taskArn"])


@dataclass(frozen=True)
class EMRServerlessJob:
    """A job of an EMR Serverless application.

    Attributes:
        application: its id.
        role: the ARN of the role that the job runs as.
        entry_point: the url of the script.
        arguments: of the script.
        parameters: of spark-submit.
        log_group: of CloudWatch, where the driver's output goes; empty for none.
        client: of boto3.
    """

    application: str
    role: str
    entry_point: str
    arguments: Sequence[str]
    parameters: str
    log_group: str
    client: Any

    def unfinished(self) -> int:
        """How many jobs of the application have not ended."""
        found = self.client.list_job_runs(applicationId=self.application, states=_EMR_UNFINISHED)
        return len(found["jobRuns"])

    def start(self) -> str:
        """Starts it."""
        driver = {
            "entryPoint": self.entry_point,
            "entryPointArguments": list(self.arguments),
            "sparkSubmitParameters": self.parameters,
        }
        answer = self.client.start_job_run(
            applicationId=self.application,
            executionRoleArn=self.role,
            name="firmograph",
            jobDriver={"sparkSubmit": driver},
            configurationOverrides=self._logged() if self.log_group else {},
        )
        return str(answer["jobRunId"])

    def _logged(self) -> dict[str, Any]:
        watched = {
            "enabled": True,
            "logGroupName": self.log_group,
            "logTypes": {"SPARK_DRIVER": ["STDOUT", "STDERR"]},
        }
        return {"monitoringConfiguration": {"cloudWatchLoggingConfiguration": watched}}


def job_of(environment: Mapping[str, str] | None = None) -> Job:
    """The job that ``FIRMOGRAPH_JOB`` names.

    Args:
        environment: instead of the process's own.

    Raises:
        UsageError: if it names none, or a variable of its kind is missing.
    """
    given = os.environ if environment is None else environment
    kind, _, name = needed(given, "FIRMOGRAPH_JOB", _FORMS).partition(":")
    if kind == "glue" and name:
        return GlueJob(name, client("glue"))
    if kind == "ecs" and name.count("/") == 1 and all(name.split("/")):
        subnets = listed(given, "FIRMOGRAPH_SUBNETS", "subnet-…,subnet-…")
        groups = listed(given, "FIRMOGRAPH_SECURITY_GROUPS", "sg-…,sg-…")
        cluster, _, family = name.partition("/")
        return ECSTask(cluster, family, subnets, groups, client("ecs"))
    if kind == "emr-serverless" and name:
        return EMRServerlessJob(
            application=name,
            role=needed(given, "FIRMOGRAPH_EXECUTION_ROLE", "the ARN of a role"),
            entry_point=needed(given, "FIRMOGRAPH_ENTRY_POINT", "s3://… of the script"),
            arguments=arguments_of(given),
            parameters=given.get("FIRMOGRAPH_SPARK_PARAMETERS", ""),
            log_group=given.get("FIRMOGRAPH_LOG_GROUP", ""),
            client=client("emr-serverless"),
        )
    raise UsageError(
        f"FIRMOGRAPH_JOB is {given['FIRMOGRAPH_JOB']!r}; allowed is {_FORMS}",
        hint="set it in the environment of the function",
    )
