output "uploads" {
  description = "Where files are delivered to."
  value       = module.storage.places["FIRMOGRAPH_UPLOADS"]
}

output "root" {
  description = "The root folder of runs: settings, contracts, marts and dashboards."
  value       = module.storage.places["FIRMOGRAPH_ROOT"]
}

output "lake" {
  description = "The lake."
  value       = module.storage.places["FIRMOGRAPH_LAKE"]
}

output "copies" {
  description = "The buckets of the second region."
  value       = { for purpose in ["input", "lake"] : purpose => module.storage.names["${purpose}-copy"] }
}

output "repository" {
  description = "Where images are pushed to."
  value       = module.compute.repository
}

output "job" {
  description = "The job that is one run."
  value       = module.compute.job
}

output "workflow_template" {
  description = "The same on a Dataproc cluster."
  value       = module.compute.workflow_template
}

output "subscription" {
  description = "What a listener listens to; null with a function."
  value       = module.events.subscription
}

output "event_trigger" {
  description = "Eventarc's trigger of the function; null with a listener."
  value       = module.compute.event_trigger
}

output "dead_topic" {
  description = "The topic of dead letters."
  value       = module.events.dead_topic
}

output "connection" {
  description = "As what BigQuery reads the lake."
  value       = module.warehouse.connection
}

output "looker_email" {
  description = "The account that a connection in Looker names."
  value       = module.dashboards.looker_email
}

output "alarms" {
  description = "The alert policies by what they watch."
  value       = module.observability.alarms
}

output "templates" {
  description = "The templates by which documents are inspected and masked."
  value = {
    inspect    = module.privacy.inspect_template
    deidentify = module.privacy.deidentify_template
  }
}
