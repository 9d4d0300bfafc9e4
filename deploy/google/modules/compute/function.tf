# A function receives events and starts one run of the job, unless one is pending.

locals {
  function_count = var.consumer == "function" ? 1 : 0
  build_roles = toset([
    "roles/artifactregistry.writer",
    "roles/logging.logWriter",
    "roles/storage.objectViewer",
  ])
  job = {
    run      = "run:${var.project}/${var.region}/${google_cloud_run_v2_job.run.name}"
    dataproc = "dataproc:${var.project}/${var.region}"
  }
}

resource "google_storage_bucket_object" "function" {
  count = local.function_count

  bucket = var.configuration_bucket
  name   = "function/${filemd5(var.function_source)}.zip"
  source = var.function_source
}

resource "google_cloudfunctions2_function" "trigger" {
  count = local.function_count

  project      = var.project
  location     = var.region
  name         = "${var.name}-trigger"
  kms_key_name = var.key

  build_config {
    runtime           = "python313"
    entry_point       = "handle"
    service_account   = "projects/${var.project}/serviceAccounts/${var.build_email}"
    docker_repository = google_artifact_registry_repository.functions.id

    source {
      storage_source {
        bucket = var.configuration_bucket
        object = google_storage_bucket_object.function[0].name
      }
    }
  }
  service_config {
    service_account_email = var.trigger_email
    ingress_settings      = "ALLOW_INTERNAL_ONLY"
    max_instance_count    = 1 # so that two messages do not start two runs
    available_memory      = "512Mi"
    timeout_seconds       = 120

    environment_variables = merge(local.environment, {
      FIRMOGRAPH_JOB             = local.job[var.job]
      FIRMOGRAPH_ENTRY_POINT     = "gs://${var.configuration_bucket}/${google_storage_bucket_object.entry.name}"
      FIRMOGRAPH_IMAGE           = var.image
      FIRMOGRAPH_SERVICE_ACCOUNT = var.pipeline_email
      FIRMOGRAPH_SUBNET          = var.subnetwork
      FIRMOGRAPH_KMS_KEY         = var.key
      FIRMOGRAPH_ARGUMENTS       = join(" ", local.arguments)
    })
  }
  event_trigger {
    trigger_region        = var.region
    event_type            = "google.cloud.pubsub.topic.v1.messagePublished"
    pubsub_topic          = var.topic
    retry_policy          = "RETRY_POLICY_RETRY"
    service_account_email = var.trigger_email
  }

  depends_on = [google_project_iam_member.build, google_project_iam_member.events]
}

# Builds push tags anew, so this repository is apart from that of the program's own images.
resource "google_artifact_registry_repository" "functions" {
  project       = var.project
  location      = var.region
  repository_id = "${var.name}-functions"
  format        = "DOCKER"
  kms_key_name  = var.key
}

resource "google_project_iam_member" "build" {
  for_each = local.build_roles

  project = var.project
  role    = each.value
  member  = "serviceAccount:${var.build_email}"
}

resource "google_project_iam_member" "events" {
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = "serviceAccount:${var.trigger_email}"
}

# Eventarc calls the function as this account.
resource "google_cloud_run_service_iam_member" "trigger" {
  count = local.function_count

  project  = var.project
  location = var.region
  service  = google_cloudfunctions2_function.trigger[0].name
  role     = "roles/run.invoker"
  member   = "serviceAccount:${var.trigger_email}"
}

# It starts the job, and sees which of its executions are unfinished.
resource "google_cloud_run_v2_job_iam_member" "trigger" {
  for_each = toset(["roles/run.invoker", "roles/run.viewer"])

  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.run.name
  role     = each.value
  member   = "serviceAccount:${var.trigger_email}"
}
