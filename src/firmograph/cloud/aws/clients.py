"""Clients of AWS, in the region that the rest of the program is told."""

import os
from typing import Any

import boto3
from botocore.config import Config


def client(service: str, region: str | None = None) -> Any:
    """A client of a service; it tries again where AWS asks for it.

    Args:
        service: as boto3 calls it.
        region: where it is; None for that of ``AWS_REGION``, which boto3 by itself passes over, or
            else that of its own settings.
    """
    retries = Config(retries={"mode": "standard", "total_max_attempts": 8})
    return boto3.client(service, region_name=region or os.environ.get("AWS_REGION"), config=retries)
