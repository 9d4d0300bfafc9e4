# The program's log lines, kept longer than the project's others and encrypted with a customer-managed key.


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
