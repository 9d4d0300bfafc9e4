# Each new object is copied to the second region, in no particular order; deletions are not.

data "google_storage_transfer_project_service_account" "this" {
  project = var.project
}

data "google_storage_project_service_account" "this" {
  project = var.project
}

locals {
  transfer = data.google_storage_transfer_project_service_account.this.member
  granted = {
    "input roles/storage.legacyBucketOwner"       = ["input", "roles/storage.legacyBucketOwner"]
    "input roles/storage.objectViewer"            = ["input", "roles/storage.objectViewer"]
    "input-copy roles/storage.legacyBucketWriter" = ["input-copy", "roles/storage.legacyBucketWriter"]
    "lake roles/storage.legacyBucketOwner"        = ["lake", "roles/storage.legacyBucketOwner"]
    "lake roles/storage.objectViewer"             = ["lake", "roles/storage.objectViewer"]
    "lake-copy roles/storage.legacyBucketWriter"  = ["lake-copy", "roles/storage.legacyBucketWriter"]
  }
}

resource "google_storage_bucket_iam_member" "transfer" {
  for_each = local.granted

  bucket = google_storage_bucket.this[each.value[0]].name
  role   = each.value[1]
  member = local.transfer
}

# The service creates a topic and a subscription of its own, to be notified of new objects.
resource "google_project_iam_member" "transfer" {
  project = var.project
  role    = "roles/pubsub.editor"
  member  = local.transfer
}

resource "google_project_iam_member" "notifier" {
  project = var.project
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.this.member
}

resource "google_storage_transfer_job" "copy" {
  for_each = local.copied

  project     = var.project
  description = "${var.name}: ${each.key} to ${var.second_region}"

  replication_spec {
    gcs_data_source {
      bucket_name = google_storage_bucket.this[each.key].name
    }
    gcs_data_sink {
      bucket_name = google_storage_bucket.this["${each.key}-copy"].name
    }
  }

  depends_on = [
    google_storage_bucket_iam_member.transfer,
    google_project_iam_member.transfer,
    google_project_iam_member.notifier,
  ]
}
