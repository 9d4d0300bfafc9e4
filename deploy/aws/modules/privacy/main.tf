# Macie looks for personal data in both buckets, and what it finds is told.

data "aws_caller_identity" "current" {}

resource "aws_macie2_account" "this" {
  status                       = "ENABLED"
  finding_publishing_frequency = "FIFTEEN_MINUTES"
}

resource "aws_macie2_classification_job" "buckets" {
  name                = var.name
  description         = "Personal data in uploads and lake."
  job_type            = "SCHEDULED"
  sampling_percentage = var.sampling_percentage
  initial_run         = true

  schedule_frequency {
    weekly_schedule = "SUNDAY"
  }

  s3_job_definition {
    bucket_definitions {
      account_id = data.aws_caller_identity.current.account_id
      buckets    = var.buckets
    }
  }

  depends_on = [aws_macie2_account.this]
}

resource "aws_cloudwatch_event_rule" "findings" {
  name        = "${var.name}-macie"
  description = "Macie found something."

  event_pattern = jsonencode({
    source      = ["aws.macie"]
    detail-type = ["Macie Finding"]
    detail      = { severity = { description = var.severities } }
  })
}

resource "aws_cloudwatch_event_target" "findings" {
  rule = aws_cloudwatch_event_rule.findings.name
  arn  = var.topic
}
