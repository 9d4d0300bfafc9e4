output "uploads" {
  description = "Where the vendor delivers."
  value       = module.storage.environment.FIRMOGRAPH_UPLOADS
}

output "lake" {
  description = "The lake's url."
  value       = module.storage.lake
}

output "environment" {
  description = "The settings by which firmograph on a laptop finds this lake."
  value       = module.storage.environment
}

output "replicas" {
  description = "The copies in the second region."
  value       = module.storage.replicas
}

output "buckets" {
  description = "The buckets of this region."
  value       = module.storage.buckets
}

output "keys" {
  description = "The keys of this region and of the second one."
  value       = { here = module.keys.arns, replica = module.replica_keys.arns }
}

output "queue" {
  description = "The queue of uploads, as `firmograph listen` takes it."
  value       = module.events.queue.url
}

output "dead_letters" {
  description = "The queue of dead letters."
  value       = module.events.dead_letters.url
}

output "roles" {
  description = "Roles of runs, readers and operators."
  value       = merge({ pipeline = module.baseline.pipeline.arn }, module.baseline.people)
}

output "log_groups" {
  description = "Where logs are."
  value       = { for group, made in module.observability.log_groups : group => made.name }
}

output "topic" {
  description = "The topic of the alarms."
  value       = module.observability.topic
}

output "job" {
  description = "The job that the function starts."
  value       = module.compute.job
}

output "repository" {
  description = "Where the image is pushed, if there are containers."
  value       = module.compute.repository
}

output "database" {
  description = "The lake's database in the Data Catalog."
  value       = module.storage.database
}

output "name" {
  description = "How the names of all resources begin."
  value       = var.name
}

output "region" {
  description = "Where runs and data are."
  value       = var.region
}

output "replica_region" {
  description = "Where the copies are."
  value       = var.replica_region
}

output "root" {
  description = "The root folder of runs: settings, contracts, marts and dashboards."
  value       = module.storage.root
}
