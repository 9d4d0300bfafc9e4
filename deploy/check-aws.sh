#!/usr/bin/env bash
# Checks in a real account what the tests cannot show without one. It costs a few cents.
#
#     cd deploy/aws/example && terraform apply && ../../check-aws.sh
#
# It needs aws, terraform, jq, curl and firmograph, and somebody who may read all that was made,
# write into the uploads and the logs, and assume the roles of readers and operators. It delivers two
# made-up documents, one of them refused on purpose, and leaves their rows in the lake: use an
# account for trials.
set -uo pipefail

failed=0
# check WHAT COMMAND... : the command must succeed
check() {
  local what=$1
  shift
  if "$@" >/dev/null 2>&1; then echo "ok      $what"; else echo "FAILED  $what"; failed=$((failed + 1)); fi
}
# is EXPECTED COMMAND... : the command must print this
is() {
  local expected=$1
  shift
  [ "$("$@" 2>/dev/null)" = "$expected" ]
}
# denied WHAT COMMAND... : the command must be answered that it may not
denied() {
  local what=$1
  shift
  check "$what" grep -qiE 'AccessDenied|403|Forbidden' <("$@" 2>&1)
}
# within SECONDS WHAT COMMAND... : the command must succeed before so long
within() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1 || [ $SECONDS -ge $end ]; do sleep 15; done
  check "$what" "$@"
}
value() { terraform output -json | jq -r "$1"; }
# as ROLE COMMAND... : the command as somebody else
as() {
  local keys
  keys=$(aws sts assume-role --role-arn "$(value ".roles.value.$1")" --role-session-name check \
    --query Credentials --output json) || return 1
  shift
  AWS_ACCESS_KEY_ID=$(jq -r .AccessKeyId <<<"$keys") AWS_SECRET_ACCESS_KEY=$(jq -r .SecretAccessKey <<<"$keys") \
    AWS_SESSION_TOKEN=$(jq -r .SessionToken <<<"$keys") "$@"
}

name=$(value .name.value) second=$(value .replica_region.value)
AWS_REGION=$(value .region.value)
export AWS_REGION AWS_DEFAULT_REGION=$AWS_REGION
input=$(value .buckets.value.input.name) lake_bucket=$(value .buckets.value.lake.name)
copy=$(value .replicas.value.lake.name) key=$(value .keys.value.here.data)
queue=$(value .queue.value) dead=$(value .dead_letters.value) lake=$(value .lake.value)
output=$(value .log_groups.value.output) root=$(value .root.value)
stamp=$(date -u +%Y%m%d) mark=check$(date -u +%s)

echo "Storage and keys"
for bucket in "$input" "$lake_bucket"; do
  check "$bucket is encrypted by its key" is "$key" aws s3api get-bucket-encryption --bucket "$bucket" --output text \
    --query 'ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID'
  check "$bucket keeps versions" is Enabled aws s3api get-bucket-versioning --bucket "$bucket" --query Status --output text
  check "$bucket is not public" is False aws s3api get-bucket-policy-status --bucket "$bucket" \
    --query PolicyStatus.IsPublic --output text
  denied "$bucket refuses requests without TLS" curl -s "http://$bucket.s3.$AWS_REGION.amazonaws.com/"
done
check "keys rotate" is True aws kms get-key-rotation-status --key-id "$key" --query KeyRotationEnabled --output text
echo check >/tmp/$mark
denied "another encryption is refused" aws s3 cp /tmp/$mark "s3://$lake_bucket/lake/.$mark" --sse AES256

echo "Permissions"
denied "readers cannot write" as readers aws s3 cp /tmp/$mark "s3://$lake_bucket/lake/.$mark"
check "readers read the lake" as readers aws s3 ls "$lake/"
denied "operators cannot change a bucket's policy" as operators aws s3api delete-bucket-policy --bucket "$lake_bucket"
check "the buckets do what a lake needs" as operators firmograph doctor "$lake"

echo "From a file to a table"
echo '{"duns": "100000001", "primaryName": "Alpine Cocoa AG"}' >/tmp/$mark.json
aws s3 cp --quiet /tmp/$mark.json "s3://$input/uploads/${mark}_data_blocks_$stamp.json"
echo '{"duns": "100000002"}' >/tmp/$mark.json
aws s3 cp --quiet /tmp/$mark.json "s3://$input/uploads/${mark}bad_data_blocks_$stamp.json"
there() { aws s3api list-objects-v2 --bucket "$input" --prefix processed/ --output text --query 'Contents[].Key' | grep -q "$mark"; }
within 1800 "a run takes the files in by itself" there
published() { firmograph sql --set lake="$lake" --json "SELECT duns FROM dw_company_data" | grep -q 100000001; }
within 900 "the company is in the table" published
check "no message is left" is 0 aws sqs get-queue-attributes --queue-url "$queue" --output text \
  --attribute-names ApproximateNumberOfMessages --query Attributes.ApproximateNumberOfMessages
check "there are no dead letters" is 0 aws sqs get-queue-attributes --queue-url "$dead" --output text \
  --attribute-names ApproximateNumberOfMessages --query Attributes.ApproximateNumberOfMessages

echo "Metrics and alarms"
alarm() { aws cloudwatch describe-alarms --alarm-names "$name-$1" --query 'MetricAlarms[0].StateValue' --output text; }
measured() { aws cloudwatch list-metrics --namespace firmograph --metric-name "$1" --dimensions Name=lake,Value="$lake" --output text | grep -q "$1"; }
within 600 "the run's metrics arrived" measured run_finished
within 7200 "the refused document raised its alarm" is ALARM alarm refused
check "no alarm for a failed run" is OK alarm failed
aws logs create-log-stream --log-group-name "$output" --log-stream-name "$mark"
aws logs put-log-events --log-group-name "$output" --log-stream-name "$mark" \
  --log-events "timestamp=$(date +%s)000,message='{\"level\": \"error\", \"event\": \"$mark\"}'" >/dev/null
within 900 "a line of level error raised its alarm" is ALARM alarm errors

echo "The second region"
copied() { AWS_REGION=$second AWS_DEFAULT_REGION=$second firmograph status --set lake="s3://$copy/lake" --set replica=true; }
within 1800 "the copy has a whole snapshot" copied

echo "Catalogue and configuration"
check "settings are in the root" aws s3 ls "$root/firmograph.toml"
check "tables are registered" as operators firmograph catalog glue --database "$(value .database.value)" --set lake="$lake"
check "the trail records" is True aws cloudtrail get-trail-status --name "$name" --query IsLogging --output text

rm -f "/tmp/$mark" "/tmp/$mark.json"
echo
[ "$failed" -eq 0 ] && echo "all is well" || { echo "$failed checks failed"; exit 1; }
