locals {
  charts = [
    { title = "Runs", metrics = ["run_finished", "run_failed"], stat = "Sum" },
    { title = "Seconds a run took", metrics = ["run_seconds"], stat = "Maximum" },
    { title = "Files", metrics = ["files_seen", "files_ingested", "files_duplicate", "files_unreadable", "files_unknown", "files_deferred"], stat = "Sum" },
    {
      title   = "Documents by what became of them"
      metrics = ["documents_received", "documents_published", "documents_unchanged", "documents_superseded", "documents_quarantined", "documents_waiting"]
      stat    = "Sum"
    },
    { title = "Open refusals", metrics = ["open_refusals"], stat = "Maximum" },
    { title = "Age of the newest delivery, in seconds", metrics = ["newest_source_age_seconds"], stat = "Maximum" },
  ]
  queues = { "Messages waiting" = var.queue, "Dead letters" = var.dead_letters }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = concat(
      [
        for index, chart in local.charts : {
          type   = "metric"
          x      = index % 2 * 12
          y      = floor(index / 2) * 6
          width  = 12
          height = 6
          properties = {
            title   = chart.title
            region  = data.aws_region.current.name
            stat    = chart.stat
            period  = 3600
            metrics = [for metric in chart.metrics : ["firmograph", metric, "lake", var.lake]]
          }
        }
      ],
      [
        {
          type   = "metric"
          x      = 0
          y      = 18
          width  = 12
          height = 6
          properties = {
            title   = "Queues"
            region  = data.aws_region.current.name
            stat    = "Maximum"
            period  = 300
            metrics = [for label, queue in local.queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue, { label = label }]]
          }
        },
        {
          type   = "alarm"
          x      = 12
          y      = 18
          width  = 12
          height = 6
          properties = {
            title  = "Alarms"
            alarms = concat([for alarm in aws_cloudwatch_metric_alarm.this : alarm.arn], [aws_cloudwatch_metric_alarm.nothing.arn])
          }
        },
      ],
    )
  })
}
