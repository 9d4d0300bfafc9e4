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

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:111122223333:acme-alarms" }
  }

  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:made" }
  }
}

variables {
  name            = "acme"
  kms_key_arn     = "arn:aws:kms:eu-central-1:111122223333:key/operations"
  email           = "ops@example.com"
  lake            = "s3://acme-lake/lake"
  queue           = "acme-uploads"
  dead_letters    = "acme-dead-letters"
  consumer        = "function"
  function        = "acme-start"
  failure_pattern = "{}"
}

run "alarms_watch_what_runs_report" {
  assert {
    condition = {
      for name, alarm in aws_cloudwatch_metric_alarm.this :
      name => [alarm.namespace, alarm.metric_name, alarm.statistic, alarm.threshold, alarm.treat_missing_data]
      } == {
      failed       = ["firmograph", "run_failed", "Maximum", 0, "notBreaching"]
      refused      = ["firmograph", "open_refusals", "Maximum", 0, "ignore"]
      stale        = ["firmograph", "newest_source_age_seconds", "Maximum", 3456000, "ignore"]
      dead_letters = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 0, "notBreaching"]
      waiting      = ["AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", 21600, "notBreaching"]
      errors       = ["firmograph", "acme-log_errors", "Sum", 0, "notBreaching"]
      function     = ["AWS/Lambda", "Errors", "Sum", 0, "notBreaching"]
    }
    error_message = "An alarm watches something else."
  }

  assert {
    condition = alltrue([
      for name in ["failed", "refused", "stale"] :
      aws_cloudwatch_metric_alarm.this[name].dimensions == tomap({ lake = "s3://acme-lake/lake" })
    ])
    error_message = "An alarm watches another lake."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.nothing.metric_name == "run_finished"
      && aws_cloudwatch_metric_alarm.nothing.comparison_operator == "LessThanThreshold"
      && aws_cloudwatch_metric_alarm.nothing.threshold == 1
      && aws_cloudwatch_metric_alarm.nothing.period == 86400
      && aws_cloudwatch_metric_alarm.nothing.treat_missing_data == "breaching"
    )
    error_message = "A day without a run raises no alarm."
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.this), [aws_cloudwatch_metric_alarm.nothing]) :
      alarm.alarm_actions == toset([aws_sns_topic.alarms.arn])
    ])
    error_message = "An alarm tells nobody."
  }
}

run "logs_are_encrypted_kept_and_counted" {
  assert {
    condition = { for name, group in aws_cloudwatch_log_group.this : name => [group.name, group.kms_key_id, group.retention_in_days] } == {
      output   = ["/acme/runs/output", var.kms_key_arn, 365]
      error    = ["/acme/runs/error", var.kms_key_arn, 365]
      function = ["/acme/function", var.kms_key_arn, 365]
    }
    error_message = "Log groups are others."
  }

  assert {
    condition = alltrue([
      for filter in aws_cloudwatch_log_metric_filter.errors :
      filter.pattern == "{ $.level = \"error\" }" && filter.metric_transformation[0].name == "acme-log_errors"
    ])
    error_message = "Lines of level error are not counted."
  }

  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == var.kms_key_arn && aws_sns_topic_subscription.email.endpoint == "ops@example.com"
    error_message = "The topic is not encrypted by the key, or tells somebody else."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_policy.alarms.policy).Statement[0].Condition == { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    error_message = "Other accounts may publish."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_sns_topic_policy.alarms.policy).Statement : can(statement.Condition)
      if try(contains(flatten([statement.Principal.Service]), "events.amazonaws.com"), false)
    ] == [false]
    error_message = "EventBridge cannot publish: it meets no condition in the policy of a topic."
  }
}

run "the_dashboard_shows_every_metric" {
  assert {
    condition = toset([
      for metric in flatten([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [
        for metric in try(widget.properties.metrics, []) : metric[1] if metric[0] == "firmograph"
      ]]) : metric
      ]) == toset([
      "run_finished", "run_failed", "run_seconds", "files_seen", "files_ingested", "files_duplicate", "files_unreadable",
      "files_unknown", "files_deferred", "documents_received", "documents_published", "documents_unchanged",
      "documents_superseded", "documents_quarantined", "documents_waiting", "open_refusals", "newest_source_age_seconds",
    ])
    error_message = "A metric is missing or unknown."
  }
}
