# Log lines become metrics, metrics become alarms; a day without a run is an alarm, too.

locals {
  run  = "resource.type=\"${var.resource_type}\" AND jsonPayload.lake:*"
  kind = "logging.googleapis.com/user/${var.name}"

  # Comparisons are made in the filter of the log: a distribution's percentile is interpolated, so
  # it is above 0 even where every value is 0.
  counted = {
    run_finished = "${local.run} AND jsonPayload.run_finished=1"
    run_failed   = "${local.run} AND jsonPayload.run_failed=1"
    refused      = "${local.run} AND jsonPayload.open_refusals>0"
    stale        = "${local.run} AND jsonPayload.newest_source_age_seconds>${var.stale_days * 86400}"
    errors       = "resource.type=\"${var.resource_type}\" AND severity>=ERROR"
  }
  measured = {
    run_seconds               = "s"
    files_seen                = "1"
    files_ingested            = "1"
    files_duplicate           = "1"
    files_unreadable          = "1"
    files_unknown             = "1"
    files_deferred            = "1"
    documents_received        = "1"
    documents_published       = "1"
    documents_unchanged       = "1"
    documents_superseded      = "1"
    documents_quarantined     = "1"
    documents_waiting         = "1"
    open_refusals             = "1"
    newest_source_age_seconds = "s"
  }
  alarms = {
    run_failed = "A run failed. The next one continues; read the error in the log, correct it."
    refused    = "Documents are refused. `firmograph quarantine list`, then correct or discard them."
    stale      = "The newest document is ${var.stale_days} days old. Ask whoever delivers."
    errors     = "An error was logged, possibly by a run that failed to start. Read it in the log."
  }
  # 503 says that a run waits to begin, so that the event comes again.
  of_function = {
    filter  = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.function}\" AND metric.labels.response_code_class=\"5xx\" AND metric.labels.response_code!=\"503\""
    content = "The function that starts runs failed: a permission, the job or a variable is missing. Read its log."
  }
  counted_policies = merge(
    {
      for name, content in local.alarms : name => {
        filter  = "metric.type=\"${local.kind}/${name}\" AND resource.type=\"${var.resource_type}\""
        content = content
      }
    },
    { for name in var.has_function ? ["function"] : [] : name => local.of_function },
  )
}

resource "google_logging_metric" "counted" {
  for_each = local.counted

  project = var.project
  name    = "${var.name}/${each.key}"
  filter  = each.value

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }
}

resource "google_logging_metric" "measured" {
  for_each = local.measured

  project         = var.project
  name            = "${var.name}/${each.key}"
  filter          = "${local.run} AND jsonPayload.${each.key}>=0"
  value_extractor = "EXTRACT(jsonPayload.${each.key})"

  label_extractors = {
    lake = "EXTRACT(jsonPayload.lake)"
  }
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = each.value

    labels {
      key = "lake"
    }
  }
  bucket_options {
    exponential_buckets {
      num_finite_buckets = 60
      growth_factor      = 1.5
      scale              = 1
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  project      = var.project
  display_name = "${var.name}: whoever is on call"
  type         = "email"
  labels = {
    email_address = var.email
  }
}

resource "google_monitoring_alert_policy" "counted" {
  for_each = local.counted_policies

  project               = var.project
  display_name          = "${var.name}: ${each.key}"
  combiner              = "OR"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = each.key

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
  documentation {
    content = each.value.content
  }

  depends_on = [google_logging_metric.counted]
}

resource "google_monitoring_alert_policy" "silence" {
  project               = var.project
  display_name          = "${var.name}: nothing for a day"
  combiner              = "OR"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "no run finished"

    condition_absent {
      filter   = "metric.type=\"${local.kind}/run_finished\" AND resource.type=\"${var.resource_type}\""
      duration = "84600s" # 23.5 hours: no more is allowed

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
  documentation {
    content = "No run finished for a day. Look whether the scheduler publishes, whether messages wait, and whether the job can start."
  }

  depends_on = [google_logging_metric.counted]
}

resource "google_monitoring_alert_policy" "dead" {
  project               = var.project
  display_name          = "${var.name}: dead letters"
  combiner              = "OR"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "messages wait among the dead letters"

    condition_threshold {
      filter          = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${var.dead_subscription}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "60s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }
  documentation {
    content = "A message was delivered repeatedly and no run followed. Correct what failed, run once by hand, then purge the subscription: that run ingests what the messages announced."
  }
}
