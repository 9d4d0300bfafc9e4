# What every project needs: its APIs, its accounts and roles, its trail and its budget.

locals {
  apis = toset([
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "bigqueryconnection.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "dataproc.googleapis.com",
    "dlp.googleapis.com",
    "eventarc.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "storage.googleapis.com",
    "storagetransfer.googleapis.com",
  ])
  # Who read or wrote what, beside the changes of settings that are always recorded.
  recorded = toset(["storage.googleapis.com", "pubsub.googleapis.com", "bigquery.googleapis.com"])
  operator_roles = toset([
    "roles/logging.viewer",
    "roles/monitoring.viewer",
    "roles/pubsub.viewer",
    "roles/run.developer",
  ])
  operators = {
    for pair in setproduct(local.operator_roles, var.operators) : "${pair[0]} ${pair[1]}" => pair
  }
}

resource "google_project_service" "used" {
  for_each = local.apis

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}

data "google_project" "this" {
  project_id = var.project
  depends_on = [google_project_service.used]
}

# Runs have this account; `trigger` is the function's, which only starts runs.
resource "google_service_account" "pipeline" {
  project      = var.project
  account_id   = "${var.name}-pipeline"
  display_name = "firmograph: reads uploads, writes the lake"
}

resource "google_service_account" "trigger" {
  project      = var.project
  account_id   = "${var.name}-trigger"
  display_name = "firmograph: receives events, starts runs"
}

# Cloud Build builds the function as this account, not as the project's default one.
resource "google_service_account" "build" {
  project      = var.project
  account_id   = "${var.name}-build"
  display_name = "firmograph: builds the function"
}

# The four that every run needs, and the two for objects that are uploaded in parts.
resource "google_project_iam_custom_role" "pipeline" {
  project     = var.project
  role_id     = replace("${var.name}_pipeline", "-", "_")
  title       = "firmograph pipeline"
  description = "Reads, writes, deletes and lists objects"
  permissions = [
    "storage.objects.get",
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.list",
    "storage.multipartUploads.create",
    "storage.multipartUploads.abort",
  ]
}

resource "google_project_iam_member" "operator" {
  for_each = local.operators

  project = var.project
  role    = each.value[0]
  member  = each.value[1]
}

resource "google_project_iam_audit_config" "recorded" {
  for_each = local.recorded

  project = var.project
  service = each.value

  audit_log_config {
    log_type = "DATA_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

resource "google_billing_budget" "project" {
  count = var.billing_account == null ? 0 : 1

  billing_account = var.billing_account
  display_name    = var.name

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }
  amount {
    specified_amount {
      units = var.monthly_budget
    }
  }
  threshold_rules {
    threshold_percent = 0.8
  }
  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }
}
