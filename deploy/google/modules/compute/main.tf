# The image, and the job that is one run: `firmograph run` in a container on Cloud Run.

locals {
  environment = merge(var.places, {
    FIRMOGRAPH_LOG_FORMAT = "google"
    FIRMOGRAPH_METRICS    = "log" # a log line for each run, from which metrics are extracted
  })
  resource_types = {
    listener = "cloud_run_worker_pool"
    run      = "cloud_run_job"
    dataproc = "cloud_dataproc_batch"
  }
}

resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.region
  repository_id = var.name
  format        = "DOCKER"
  kms_key_name  = var.key

  docker_config {
    immutable_tags = true
  }
}

resource "google_cloud_run_v2_job" "run" {
  project             = var.project
  location            = var.region
  name                = "${var.name}-run"
  deletion_protection = false # it has no state

  template {
    task_count = 1

    template {
      service_account = var.pipeline_email
      encryption_key  = var.key
      timeout         = "${var.run_seconds}s"
      max_retries     = 0 # whatever failed, the next event or the scheduler starts the next run

      # The exit code 3 says that something was refused, which has an alarm of its own; the execution counts as successful.
      containers {
        image   = var.image
        command = ["sh", "-c"]
        args    = ["firmograph run --wait 3600 || [ $? -eq 3 ]"] # waits so many seconds for a run in progress

        resources {
          limits = {
            cpu    = var.cpu
            memory = var.memory
          }
        }
        dynamic "env" {
          for_each = local.environment
          content {
            name  = env.key
            value = env.value
          }
        }
      }
    }
  }
}

# Instead of the function: a process that listens and runs the pipeline itself.
resource "google_cloud_run_v2_worker_pool" "listener" {
  count = var.consumer == "listener" ? 1 : 0

  project             = var.project
  location            = var.region
  name                = "${var.name}-listener"
  launch_stage        = "BETA"
  deletion_protection = false

  scaling {
    scaling_mode          = "MANUAL"
    manual_instance_count = 1
  }
  template {
    service_account = var.pipeline_email
    encryption_key  = var.key

    containers {
      image = var.image
      args  = ["listen", var.subscription]

      resources {
        limits = {
          cpu    = var.cpu
          memory = var.memory
        }
      }
      dynamic "env" {
        for_each = local.environment
        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }
}
