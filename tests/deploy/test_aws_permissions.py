"""The pipeline's role suffices for runs, and they need each permission: on a strict MiniStack."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_terraform import AWS
from servers import Servers

pytestmark = [
    pytest.mark.deploy,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
REGION, INPUT, LAKE = "us-east-1", "acme-input", "acme-lake"
OBJECTS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
PLACES = {
    "UPLOADS": f"s3://{INPUT}/uploads",
    "PROCESSED": f"s3://{INPUT}/processed",
    "QUARANTINED": f"s3://{INPUT}/quarantined",
    "LAKE": f"s3://{LAKE}/lake",
}


def policy(without: str = "") -> str:
    """The policy that the test of module baseline proves the role to have, without one action."""
    written = (AWS / "modules" / "baseline" / "tests" / "main.tftest.hcl").read_text("utf-8")
    assert re.findall(r'\["Allow", (\["s3:GetObject", "s3:Put[^]]*\])', written) == [
        json.dumps(OBJECTS)
    ]
    prefixes = [place.split("/", 3)[3] for place in PLACES.values()]
    objects = {
        "Effect": "Allow",
        "Action": [action for action in OBJECTS if action != without],
        "Resource": [f"arn:aws:s3:::{place.removeprefix('s3://')}/*" for place in PLACES.values()],
    }
    lists = {
        "Effect": "Allow",
        "Action": ["s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{INPUT}", f"arn:aws:s3:::{LAKE}"],
        "Condition": {
            "StringLike": {"s3:prefix": [form for p in prefixes for form in (p, f"{p}/*")]}
        },
    }
    statements = [objects] + [lists] * (without != "s3:ListBucket")
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


Person = Callable[[str], dict[str, str]]


@pytest.fixture(scope="module")
def person(servers: Servers) -> Person:
    """Makes somebody with a policy; returns the environment in which the program is that person."""
    address = servers.get("ministack-strict").address
    root: dict[str, Any] = {
        "region_name": REGION,
        "endpoint_url": address,
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    objects, people = boto3.client("s3", **root), boto3.client("iam", **root)
    for bucket in (INPUT, LAKE):
        objects.create_bucket(Bucket=bucket)

    def make(allowed: str) -> dict[str, str]:
        name = f"person-{len(people.list_users()['Users'])}"
        people.create_user(UserName=name)
        people.put_user_policy(UserName=name, PolicyName="data", PolicyDocument=allowed)
        key = people.create_access_key(UserName=name)["AccessKey"]
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "FIRMOGRAPH_"))},
            **{f"FIRMOGRAPH_{place}": url for place, url in PLACES.items()},
            "AWS_ENDPOINT_URL": address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    return make


def firmograph(root: Path, environment: dict[str, str], *command: str) -> tuple[int, str]:
    """The exit code of a command, and all it said."""
    done = subprocess.run(
        [sys.executable, "-m", "firmograph", *command, "--root", root],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_documented_permissions_suffice_for_a_run(person: Person, tmp_path: Path) -> None:
    pipeline = person(policy())
    objects = boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url=pipeline["AWS_ENDPOINT_URL"],
        aws_access_key_id=pipeline["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=pipeline["AWS_SECRET_ACCESS_KEY"],
    )
    upload = b'{"duns": "100000001", "primaryName": "Alpine Cocoa AG"}'
    key = "uploads/alpine_data_blocks_20260301.json"
    objects.put_object(Bucket=INPUT, Key=key, Body=upload)
    assert firmograph(tmp_path, pipeline, "doctor")[0] == 0
    code, said = firmograph(tmp_path, pipeline, "run")
    assert (code, "1 ingested" in said) == (0, True), said
    found = objects.list_objects_v2(Bucket=INPUT, Prefix="processed/")["Contents"]
    assert [entry["Key"].rsplit("/")[-1] for entry in found] == [key.removeprefix("uploads/")]
    code, said = firmograph(tmp_path, pipeline, "sql", "SELECT duns FROM dw_company_data", "--json")
    assert (code, json.loads(said)) == (0, [{"duns": "100000001"}])


@pytest.mark.parametrize(
    "missing", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]
)
def test_doctor_names_the_permission_that_is_missing(
    person: Person, tmp_path: Path, missing: str
) -> None:
    code, said = firmograph(tmp_path, person(policy(without=missing)), "doctor", PLACES["LAKE"])
    assert code == 1
    assert missing in said
