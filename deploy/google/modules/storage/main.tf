# Uploads and lake, their copies in a second region, and the configuration of runs.

locals {
  first  = { region = var.region, key = var.key }
  second = { region = var.second_region, key = var.second_key }
  buckets = {
    input         = local.first
    lake          = local.first
    configuration = local.first
    input-copy    = local.second
    lake-copy     = local.second
  }
  copied    = toset(["input", "lake"])
  processed = toset(["input", "input-copy"])
}

resource "google_storage_bucket" "this" {
  #checkov:skip=CKV_GCP_62:who read and wrote what is in the audit logs, see the module baseline
  for_each = local.buckets

  project                     = var.project
  name                        = "${var.project}-${var.name}-${each.key}"
  location                    = each.value.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  encryption {
    default_kms_key_name = each.value.key
  }
  versioning {
    enabled = true
  }
  soft_delete_policy {
    retention_duration_seconds = 0 # versions are kept instead; both would be billed
  }

  # What was deleted or replaced; nothing that is current is ever deleted by a rule.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = var.days_noncurrent
    }
  }
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }
  dynamic "lifecycle_rule" {
    for_each = contains(local.processed, each.key) ? [1] : []
    content {
      action {
        type          = "SetStorageClass"
        storage_class = "ARCHIVE"
      }
      condition {
        age            = var.days_until_archive
        matches_prefix = ["processed/"]
      }
    }
  }
}

resource "google_storage_bucket_iam_member" "pipeline" {
  for_each = local.copied

  bucket = google_storage_bucket.this[each.key].name
  role   = var.pipeline_role
  member = "serviceAccount:${var.pipeline_email}"
}

resource "google_storage_bucket_iam_member" "configuration" {
  bucket = google_storage_bucket.this["configuration"].name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${var.pipeline_email}"
}

resource "google_storage_bucket_iam_member" "readers" {
  for_each = toset(var.readers)

  bucket = google_storage_bucket.this["lake"].name
  role   = "roles/storage.objectViewer"
  member = each.value
}
