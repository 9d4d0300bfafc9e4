"""The Lambda function that starts a run when files have arrived."""

from typing import Any

from firmograph.cloud.aws.jobs import job_of
from firmograph.cloud.starting import log_start, start_unless_pending


def handler(event: Any, context: object) -> dict[str, list[dict[str, str]]]:
    """Starts the job of ``FIRMOGRAPH_JOB``, unless one of its runs waits for another.

    Args:
        event: a batch of messages of SQS; anything else, such as a schedule's, has no messages.
        context: of Lambda; not used.

    Returns:
        The messages that are to come again, since no run was started after them, in the form that
        `ReportBatchItemFailures` asks for.

    Raises:
        UsageError: if a variable of the environment is missing or wrong.
    """
    del context
    records = event.get("Records") if isinstance(event, dict) else None
    messages = [
        record["messageId"]
        for record in (records if isinstance(records, list) else [])
        if isinstance(record, dict) and "messageId" in record
    ]
    started = start_unless_pending(job_of())
    log_start(started, messages=len(messages))
    again = [] if started else messages
    return {"batchItemFailures": [{"itemIdentifier": message} for message in again]}
