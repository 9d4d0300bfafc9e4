# The program's log lines for longer than the project's other ones, under a key of one's own.


resource "google_logging_project_bucket_config" "runs" {
  project        = var.project
  location       = var.region
  bucket_id      = var.name
  retention_days = var.log_days

  cmek_settings {
    kms_key_name = var.key
  }
}

resource "google_logging_project_sink" "runs" {
  project                = var.project
  name                   = var.name
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.runs.id}"
  filter                 = "resource.type=\"${var.resource_type}\""
  unique_writer_identity = true
}
