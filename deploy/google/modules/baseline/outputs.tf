output "project" {
  description = "The project, once its APIs are enabled."
  value       = var.project
  depends_on  = [google_project_service.used]
}

output "number" {
  description = "The number of the project, which the names of Google's own accounts have in them."
  value       = data.google_project.this.number
}

output "pipeline_email" {
  description = "The account of runs."
  value       = google_service_account.pipeline.email
}

output "trigger_email" {
  description = "The account of the function."
  value       = google_service_account.trigger.email
}

output "build_email" {
  description = "The account that builds the function."
  value       = google_service_account.build.email
}

output "pipeline_role" {
  description = "The role of runs on their buckets."
  value       = google_project_iam_custom_role.pipeline.id
}

output "subnetwork" {
  description = "Where Spark's machines are."
  value       = google_compute_subnetwork.this.id
}
