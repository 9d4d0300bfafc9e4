#!/usr/bin/env bash
# Checks in a real project what the tests cannot show without one. It costs a few cents.
#
#     cd deploy/google/example && terraform apply && ../../check-google.sh
#
# It needs gcloud, bq, terraform, jq, curl and firmograph, and somebody who may read all that was
# made, write into the uploads, read logs, and act as the account of runs. It delivers two made-up
# documents, one of them refused on purpose, and leaves their rows in the lake: use a project for
# trials.
set -uo pipefail

failed=0
# check WHAT COMMAND... : the command must succeed
check() {
  local what=$1
  shift
  if "$@" >/dev/null 2>&1; then echo "ok      $what"; else echo "FAILED  $what"; failed=$((failed + 1)); fi
}
# refused WHAT COMMAND... : the command must be answered that a permission is missing
refused() {
  local what=$1
  shift
  check "$what" grep -qiE '403|permission|denied' <("$@" 2>&1)
}
# within SECONDS WHAT COMMAND... : the command must succeed before so long
within() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1 || [ $SECONDS -ge $end ]; do sleep 15; done
  check "$what" "$@"
}
# is EXPECTED COMMAND... : the command must print this
is() {
  local expected=$1
  shift
  [ "$("$@" 2>/dev/null)" = "$expected" ]
}
value() { terraform output -raw "$1" 2>/dev/null; }
# something COMMAND... : the command must print something
something() { [ -n "$("$@" 2>/dev/null)" ]; }

uploads=$(value uploads) lake=$(value lake) job=$(value job)
input_bucket=${uploads%/uploads} lake_bucket=${lake%/lake}
alarms=$(terraform output -json alarms) copies=$(terraform output -json copies)
project=$(gcloud config get-value project 2>/dev/null)
region=$(gcloud storage buckets describe "$input_bucket" --format='value(location)' | tr '[:upper:]' '[:lower:]')
pipeline=$(gcloud run jobs describe "$job" --region "$region" --format='value(spec.template.spec.template.spec.serviceAccountName)')
stamp=$(date -u +%Y%m%d)

echo "Storage and keys"
for bucket in "$input_bucket" "$lake_bucket"; do
  check "$bucket has uniform access" is True gcloud storage buckets describe "$bucket" --format='value(uniform_bucket_level_access)'
  check "$bucket prevents public access" is enforced gcloud storage buckets describe "$bucket" --format='value(public_access_prevention)'
  check "$bucket keeps versions" is True gcloud storage buckets describe "$bucket" --format='value(versioning_enabled)'
  check "$bucket has a key of its own" something gcloud storage buckets describe "$bucket" --format='value(default_kms_key)'
done

echo "Permissions"
permissions=$(gcloud iam roles describe firmograph_pipeline --project "$project" --format='value(includedPermissions)')
check "the role of runs has six permissions" test "$(tr ';' '\n' <<<"$permissions" | wc -l)" -eq 6
check "runs may list the lake" gcloud storage ls "$lake_bucket" --impersonate-service-account "$pipeline"
refused "runs may not administer a bucket" gcloud storage buckets update "$lake_bucket" --no-versioning --impersonate-service-account "$pipeline"

echo "From an upload to rows"
good='{"duns": "100000001", "primaryName": "Alpine Cocoa AG"}'
bad='{"duns": "100000002", "primaryName": null}'
printf '%s' "$good" | gcloud storage cp - "$uploads/alpine_data_blocks_$stamp.json"
printf '%s' "$bad" | gcloud storage cp - "$uploads/cocoa_data_blocks_$stamp.json"
within 900 "a run emptied the uploads by itself" bash -c \
  'gcloud storage ls "$2" && ! gcloud storage ls "$1/**"' _ "$uploads" "$input_bucket"
within 300 "the lake has the table of companies" gcloud storage ls "$lake/dw/dw_company_data/_delta_log/*"
within 600 "the run's numbers are in the log" something gcloud logging read \
  'jsonPayload.lake:* AND jsonPayload.run_finished=1' --freshness=1h --limit=1 --format='value(insertId)'

echo "Alarms"
for name in $(jq -r 'keys[]' <<<"$alarms"); do
  check "the alarm $name is on" is True gcloud monitoring policies describe "$(jq -r ".$name" <<<"$alarms")" --format='value(enabled)'
done
within 900 "the refused document is in the log" something gcloud logging read \
  'jsonPayload.open_refusals>0' --freshness=1h --limit=1 --format='value(insertId)'
echo "        look into your mail: the alarm 'refused' has opened an incident"

echo "Dead letters"
trigger=$(value event_trigger)
subscription=$(value subscription)
if [ -n "$trigger" ]; then
  subscription=$(gcloud eventarc triggers describe "$trigger" --location "$region" --format='value(transport.pubsub.subscription)')
fi
check "messages that fail become dead letters" something gcloud pubsub subscriptions describe "$subscription" --format='value(deadLetterPolicy.deadLetterTopic)'

echo "Second region"
within 1800 "the lake is copied" gcloud storage ls "gs://$(jq -r .lake <<<"$copies")/lake/control/tb_published_snapshots/_delta_log/*"
within 600 "the copy can be read" firmograph status --set "lake=gs://$(jq -r .lake <<<"$copies")/lake" --set replica=true

echo "Warehouse, privacy"
if terraform state list | grep -q google_bigquery_table; then
  dataset=$(terraform state show module.warehouse.google_bigquery_dataset.lake | sed -n 's/ *dataset_id *= "\(.*\)"/\1/p')
  check "BigQuery reads the companies" bq query --use_legacy_sql=false "SELECT duns FROM $dataset.dw_company_data LIMIT 1"
else
  echo "        skipped: apply again with lake_is_there = true"
fi
template=$(terraform output -json templates | jq -r .inspect)
check "there is a template to inspect by" curl -fsS --max-time 60 -H "Authorization: Bearer $(gcloud auth print-access-token)" "https://dlp.googleapis.com/v2/$template"

echo
if [ $failed -gt 0 ]; then
  echo "$failed failed"
  exit 1
fi
echo "all well"
