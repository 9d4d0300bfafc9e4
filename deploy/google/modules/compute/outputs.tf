output "job" {
  description = "The job on Cloud Run that is one run."
  value       = google_cloud_run_v2_job.run.name
}

output "workflow_template" {
  description = "The same on a Dataproc cluster."
  value       = google_dataproc_workflow_template.run.name
}

output "repository" {
  description = "Where images are pushed to."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "function" {
  description = "The function that starts the job; null with a listener."
  value       = one(google_cloudfunctions2_function.trigger[*].name)
}

output "event_trigger" {
  description = "Eventarc's trigger of the function; null with a listener."
  value       = one(google_cloudfunctions2_function.trigger[*].event_trigger[0].trigger)
}

output "resource_type" {
  description = "The resource type whose log lines become metrics."
  value       = local.resource_types[var.consumer == "listener" ? "listener" : var.job]
}
