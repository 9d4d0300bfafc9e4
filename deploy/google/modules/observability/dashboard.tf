# One dashboard: what runs did, what they refused, how long they took, how old the data is.

locals {
  charts = [
    { title = "Runs finished and failed", metrics = ["run_finished", "run_failed"] },
    { title = "Seconds of a run", metrics = ["run_seconds"] },
    { title = "Files", metrics = ["files_seen", "files_ingested", "files_duplicate", "files_unreadable", "files_unknown", "files_deferred"] },
    { title = "Documents", metrics = ["documents_received", "documents_published", "documents_unchanged", "documents_superseded", "documents_quarantined", "documents_waiting"] },
    { title = "Open refusals", metrics = ["open_refusals"] },
    { title = "Age of the newest document in seconds", metrics = ["newest_source_age_seconds"] },
  ]
}

resource "google_monitoring_dashboard" "this" {
  project = var.project
  dashboard_json = jsonencode({
    displayName = var.name
    gridLayout = {
      columns = "2"
      widgets = [
        for chart in local.charts : {
          title = chart.title
          xyChart = {
            dataSets = [
              for metric in chart.metrics : {
                legendTemplate = metric
                plotType       = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = "metric.type=\"${local.kind}/${metric}\" resource.type=\"${var.resource_type}\""
                    aggregation = {
                      alignmentPeriod  = "3600s"
                      perSeriesAligner = contains(keys(local.counted), metric) ? "ALIGN_SUM" : "ALIGN_PERCENTILE_99"
                    }
                  }
                }
              }
            ]
          }
        }
      ]
    }
  })

  depends_on = [google_logging_metric.counted, google_logging_metric.measured]
}
