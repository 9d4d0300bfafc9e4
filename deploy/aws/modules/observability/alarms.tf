locals {
  of_lake    = { lake = var.lake }
  log_errors = "${var.name}-log_errors"

  # `unknown`: what it means that nothing was measured. Between two runs the state stays ("ignore").
  alarms = {
    failed = {
      says = "A run failed. Read the last lines of the log; the next run continues where it ended."
      of   = { namespace = "firmograph", metric = "run_failed", dimensions = local.of_lake }
      when = { statistic = "Maximum", above = 0, period = 300, unknown = "notBreaching" }
    }
    refused = {
      says = "Documents or files are refused: firmograph quarantine list."
      of   = { namespace = "firmograph", metric = "open_refusals", dimensions = local.of_lake }
      when = { statistic = "Maximum", above = 0, period = 3600, unknown = "ignore" }
    }
    stale = {
      says = "The newest delivery is older than ${var.stale_days} days: ask the vendor, then look into the upload folder."
      of   = { namespace = "firmograph", metric = "newest_source_age_seconds", dimensions = local.of_lake }
      when = { statistic = "Maximum", above = var.stale_days * 86400, period = 3600, unknown = "ignore" }
    }
    dead_letters = {
      says = "Messages were given up. A run finds their files anyway: see why none began, then redrive or purge the queue."
      of   = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = var.dead_letters } }
      when = { statistic = "Maximum", above = 0, period = 300, unknown = "notBreaching" }
    }
    waiting = {
      says = "A message has been waiting for ${var.waiting_hours} hours: nothing empties the queue, or one run takes that long."
      of   = { namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = var.queue } }
      when = { statistic = "Maximum", above = var.waiting_hours * 3600, period = 300, unknown = "notBreaching" }
    }
    errors = {
      says = "A line of level error was logged."
      of   = { namespace = "firmograph", metric = local.log_errors, dimensions = {} }
      when = { statistic = "Sum", above = 0, period = 300, unknown = "notBreaching" }
    }
  }

  function_alarm = {
    function = {
      says = "The function that starts runs failed: read its log."
      of   = { namespace = "AWS/Lambda", metric = "Errors", dimensions = { FunctionName = coalesce(var.function, "none") } }
      when = { statistic = "Sum", above = 0, period = 300, unknown = "notBreaching" }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = merge(local.alarms, { for name, alarm in local.function_alarm : name => alarm if var.consumer == "function" })

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = each.value.of.namespace
  metric_name         = each.value.of.metric
  dimensions          = each.value.of.dimensions
  statistic           = each.value.when.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.when.above
  period              = each.value.when.period
  evaluation_periods  = 1
  treat_missing_data  = each.value.when.unknown
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "nothing" {
  alarm_name          = "${var.name}-nothing"
  alarm_description   = "No run finished within a day, though one is started every day."
  namespace           = "firmograph"
  metric_name         = "run_finished"
  dimensions          = local.of_lake
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 86400
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
