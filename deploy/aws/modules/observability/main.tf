# Where runs write their logs, what alarms, whom it tells, and a dashboard.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  log_groups = {
    output   = "/${var.name}/runs/output" # Glue adds the last word by itself
    error    = "/${var.name}/runs/error"
    function = "/${var.name}/function"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.log_groups

  name              = each.value
  kms_key_id        = var.kms_key_arn
  retention_in_days = var.log_days
}

# A line of level error, also of a run that ends without a metric of its own.
resource "aws_cloudwatch_log_metric_filter" "errors" {
  for_each = toset(["output", "function"])

  name           = "${var.name}-${each.key}-errors"
  log_group_name = aws_cloudwatch_log_group.this[each.key].name
  pattern        = "{ $.level = \"error\" }"

  metric_transformation {
    namespace     = "firmograph"
    name          = local.log_errors
    value         = "1"
    default_value = "0"
  }
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "ServicesTell"
        Effect    = "Allow"
        Principal = { Service = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms.arn
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
      },
      # Without a condition: EventBridge passes none of its keys to a topic, and its messages would be dropped silently.
      {
        Sid       = "EventsTell"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms.arn
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.email
}

# A job that dies, out of memory or time, says nothing itself; its service does.
resource "aws_cloudwatch_event_rule" "died" {
  name          = "${var.name}-died"
  description   = "A job ended in failure."
  event_pattern = var.failure_pattern
}

resource "aws_cloudwatch_event_target" "died" {
  rule = aws_cloudwatch_event_rule.died.name
  arn  = aws_sns_topic.alarms.arn
}
