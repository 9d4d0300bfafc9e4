# Finds personal data in documents once a week, and defines how it is masked before it is passed on.
# Company data names directors and contacts; the lake keeps documents as received.

locals {
  parent = "projects/${var.project}/locations/${var.region}"
  dlp    = "serviceAccount:service-${var.project_number}@dlp-api.iam.gserviceaccount.com"
  found  = toset(["PERSON_NAME", "EMAIL_ADDRESS", "PHONE_NUMBER", "DATE_OF_BIRTH", "IBAN_CODE"])
}

resource "google_data_loss_prevention_inspect_template" "personal" {
  parent       = local.parent
  template_id  = "${var.name}-personal"
  display_name = "firmograph: personal data in documents"

  inspect_config {
    min_likelihood = "LIKELY"
    include_quote  = false # findings say where, never what

    dynamic "info_types" {
      for_each = local.found
      content {
        name = info_types.value
      }
    }
    limits {
      max_findings_per_item    = 100
      max_findings_per_request = 10000
    }
  }
}

# For whoever passes documents on: names and dates are removed, other values replaced by their kind.
resource "google_data_loss_prevention_deidentify_template" "masked" {
  parent       = local.parent
  template_id  = "${var.name}-masked"
  display_name = "firmograph: documents without personal data"

  deidentify_config {
    info_type_transformations {
      transformations {
        info_types {
          name = "PERSON_NAME"
        }
        info_types {
          name = "DATE_OF_BIRTH"
        }
        primitive_transformation {
          redact_config {}
        }
      }
      transformations {
        info_types {
          name = "EMAIL_ADDRESS"
        }
        info_types {
          name = "PHONE_NUMBER"
        }
        info_types {
          name = "IBAN_CODE"
        }
        primitive_transformation {
          replace_with_info_type_config = true
        }
      }
    }
  }
}

resource "google_data_loss_prevention_job_trigger" "weekly" {
  parent       = local.parent
  trigger_id   = "${var.name}-weekly"
  display_name = "firmograph: what came since the last time"

  triggers {
    schedule {
      recurrence_period_duration = "604800s"
    }
  }
  inspect_job {
    inspect_template_name = google_data_loss_prevention_inspect_template.personal.id

    storage_config {
      cloud_storage_options {
        file_types           = ["TEXT_FILE", "CSV"]
        bytes_limit_per_file = 1048576

        file_set {
          regex_file_set {
            bucket_name   = var.bucket
            include_regex = ["processed/.*", "quarantined/.*"]
          }
        }
      }
      timespan_config {
        enable_auto_population_of_timespan_config = true
      }
    }
    actions {
      save_findings {
        output_config {
          table {
            project_id = var.project
            dataset_id = google_bigquery_dataset.findings.dataset_id
            table_id   = "personal_data"
          }
        }
      }
    }
    actions {
      publish_to_stackdriver {}
    }
  }

  depends_on = [
    google_storage_bucket_iam_member.dlp,
    google_bigquery_dataset_iam_member.dlp,
  ]
}

resource "google_bigquery_dataset" "findings" {
  project                    = var.project
  location                   = var.region
  dataset_id                 = replace("${var.name}_findings", "-", "_")
  description                = "Where personal data was found: file, kind, likelihood; never the value"
  delete_contents_on_destroy = false

  default_encryption_configuration {
    kms_key_name = var.key
  }
}

resource "google_storage_bucket_iam_member" "dlp" {
  bucket = var.bucket
  role   = "roles/storage.objectViewer"
  member = local.dlp
}

resource "google_bigquery_dataset_iam_member" "dlp" {
  project    = var.project
  dataset_id = google_bigquery_dataset.findings.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = local.dlp
}
