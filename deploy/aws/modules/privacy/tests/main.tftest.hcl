mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/made" }
  }
}

variables {
  name    = "acme"
  buckets = ["acme-input", "acme-lake"]
  topic   = "arn:aws:sns:eu-central-1:111122223333:acme-alarms"
}

run "macie_looks_into_both_buckets_and_tells" {
  assert {
    condition     = aws_macie2_account.this.status == "ENABLED" && aws_macie2_account.this.finding_publishing_frequency == "FIFTEEN_MINUTES"
    error_message = "Macie is off or slow."
  }

  assert {
    condition = (
      aws_macie2_classification_job.buckets.s3_job_definition[0].bucket_definitions[0].buckets == tolist(["acme-input", "acme-lake"])
      && aws_macie2_classification_job.buckets.s3_job_definition[0].bucket_definitions[0].account_id == "111122223333"
      && aws_macie2_classification_job.buckets.job_type == "SCHEDULED"
      && aws_macie2_classification_job.buckets.schedule_frequency[0].weekly_schedule == "SUNDAY"
    )
    error_message = "Macie looks elsewhere, or only once."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.findings.event_pattern) == {
      source      = ["aws.macie"]
      detail-type = ["Macie Finding"]
      detail      = { severity = { description = ["Medium", "High"] } }
    }
    error_message = "Findings are not told, or every one is."
  }

  assert {
    condition     = aws_cloudwatch_event_target.findings.arn == var.topic
    error_message = "Findings go elsewhere."
  }
}
