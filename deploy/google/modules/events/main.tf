# An upload makes a message; a message says "look", and nothing in it is trusted.

data "google_storage_project_service_account" "this" {
  project = var.project
}

locals {
  pubsub = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "uploads" {
  project      = var.project
  name         = "${var.name}-uploads"
  kms_key_name = var.key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_topic" "dead" {
  project      = var.project
  name         = "${var.name}-dead"
  kms_key_name = var.key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }
}

resource "google_pubsub_topic_iam_member" "bucket" {
  project = var.project
  topic   = google_pubsub_topic.uploads.name
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.this.member
}

resource "google_storage_notification" "uploads" {
  bucket             = var.bucket
  topic              = google_pubsub_topic.uploads.id
  payload_format     = "JSON_API_V1"
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = var.prefix

  depends_on = [google_pubsub_topic_iam_member.bucket]
}

# For `firmograph listen`; a function has a subscription of Eventarc's.
resource "google_pubsub_subscription" "runs" {
  count = var.listener ? 1 : 0

  project                    = var.project
  name                       = "${var.name}-runs"
  topic                      = google_pubsub_topic.uploads.id
  filter                     = "attributes.eventType = \"OBJECT_FINALIZE\" AND hasPrefix(attributes.objectId, \"${var.prefix}\")"
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # never
  }
  retry_policy {
    minimum_backoff = "60s"
    maximum_backoff = "600s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead.id
    max_delivery_attempts = var.attempts
  }

  depends_on = [google_pubsub_topic_iam_member.dead]
}

resource "google_pubsub_subscription" "dead" {
  project                    = var.project
  name                       = "${var.name}-dead"
  topic                      = google_pubsub_topic.dead.id
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = ""
  }
}

# Pub/Sub itself moves a message to the dead letters.
resource "google_pubsub_topic_iam_member" "dead" {
  project = var.project
  topic   = google_pubsub_topic.dead.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub
}

resource "google_pubsub_subscription_iam_member" "dead" {
  count = var.listener ? 1 : 0

  project      = var.project
  subscription = google_pubsub_subscription.runs[0].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub
}

resource "google_pubsub_subscription_iam_member" "listener" {
  count = var.listener ? 1 : 0

  project      = var.project
  subscription = google_pubsub_subscription.runs[0].name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${var.pipeline_email}"
}

# The safety net: a message that no upload made. A run finds what events missed.
resource "google_cloud_scheduler_job" "look" {
  project   = var.project
  region    = var.region
  name      = "${var.name}-look"
  schedule  = var.look_at
  time_zone = "Etc/UTC"

  pubsub_target {
    topic_name = google_pubsub_topic.uploads.id
    data       = base64encode("look")
    attributes = {
      eventType = "OBJECT_FINALIZE"
      objectId  = var.prefix
    }
  }
}
