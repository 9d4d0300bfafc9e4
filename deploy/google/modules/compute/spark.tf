# For data that outgrows one container: the same run on Dataproc.

# What Spark is given to run, on a cluster or serverless.
resource "google_storage_bucket_object" "entry" {
  bucket  = var.configuration_bucket
  name    = "job/run.py"
  content = "from firmograph.cloud.job import main\n\nmain()\n"
}

# A cluster has private addresses alone, so it installs from wheels in the bucket.
resource "google_storage_bucket_object" "install" {
  bucket  = var.configuration_bucket
  name    = "job/install.sh"
  content = <<-EOT
    #!/usr/bin/env bash
    set -euo pipefail
    mkdir -p /tmp/wheels
    gcloud storage cp "$(/usr/share/google/get_metadata_value attributes/wheels)/*" /tmp/wheels/
    pip install --no-index --find-links /tmp/wheels firmograph 'pandas<3' 'sqlglot>=30,<31'
  EOT
}

locals {
  settings = {
    for name, value in local.environment : lower(trimprefix(name, "FIRMOGRAPH_")) => value
    if name != "FIRMOGRAPH_ROOT"
  }
  arguments = concat(
    ["--root", var.places["FIRMOGRAPH_ROOT"]],
    flatten([for name, value in local.settings : ["--set", "${name}=${value}"]]),
  )
}

# A cluster that is made for the run and deleted after it.
resource "google_dataproc_workflow_template" "run" {
  project     = var.project
  location    = var.region
  name        = "${var.name}-run"
  dag_timeout = "${var.run_seconds}s"

  encryption_config {
    kms_key = var.key
  }
  placement {
    managed_cluster {
      cluster_name = var.name

      config {
        gce_cluster_config {
          subnetwork       = var.subnetwork
          internal_ip_only = true
          metadata         = { wheels = "gs://${var.configuration_bucket}/job/wheels" }
          service_account  = var.pipeline_email

          shielded_instance_config {
            enable_secure_boot          = true
            enable_vtpm                 = true
            enable_integrity_monitoring = true
          }
        }
        encryption_config {
          gce_pd_kms_key_name = var.key
        }
        master_config {
          num_instances = 1
          machine_type  = var.machine_type
        }
        worker_config {
          num_instances = var.workers
          machine_type  = var.machine_type
        }
        software_config {
          image_version = "3.0-debian12"
        }
        initialization_actions {
          executable_file = "gs://${var.configuration_bucket}/${google_storage_bucket_object.install.name}"
        }
      }
    }
  }
  jobs {
    step_id = "run"

    pyspark_job {
      main_python_file_uri = "gs://${var.configuration_bucket}/${google_storage_bucket_object.entry.name}"
      args                 = local.arguments
    }
  }
}

# The function starts batches, as the account of runs.
resource "google_project_iam_member" "spark" {
  for_each = var.job == "dataproc" ? {
    "roles/dataproc.editor" = var.trigger_email
    "roles/dataproc.worker" = var.pipeline_email
  } : {}

  project = var.project
  role    = each.key
  member  = "serviceAccount:${each.value}"
}

resource "google_service_account_iam_member" "spark" {
  count = var.job == "dataproc" ? 1 : 0

  service_account_id = "projects/${var.project}/serviceAccounts/${var.pipeline_email}"
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${var.trigger_email}"
}

resource "google_artifact_registry_repository_iam_member" "spark" {
  count = var.job == "dataproc" ? 1 : 0

  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.reader"
  member     = "serviceAccount:${var.pipeline_email}"
}
