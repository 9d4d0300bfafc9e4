output "buckets" {
  description = "Name and ARN of the buckets `input` and `lake`."
  value       = { for bucket, made in module.bucket : bucket => { name = made.name, arn = made.arn } }
}

output "replicas" {
  description = "The same of the copies in the second region."
  value       = { for bucket, made in module.replica : bucket => { name = made.name, arn = made.arn } }
}

output "environment" {
  description = "The settings of a run as environment variables."
  value = {
    FIRMOGRAPH_UPLOADS     = "${local.input}/uploads"
    FIRMOGRAPH_PROCESSED   = "${local.input}/processed"
    FIRMOGRAPH_QUARANTINED = "${local.input}/quarantined"
    FIRMOGRAPH_LAKE        = local.lake
    FIRMOGRAPH_ROOT        = local.configuration
    FIRMOGRAPH_LOG_FORMAT  = "json"
    FIRMOGRAPH_METRICS     = "emf"
  }
}

output "lake" {
  description = "The lake's url."
  value       = local.lake
}

output "root" {
  description = "The root folder: the url of settings, contracts, marts and dashboards."
  value       = local.configuration
}

output "script" {
  description = "The url of the job's script."
  value       = "s3://${module.bucket["lake"].name}/${aws_s3_object.job.key}"
}

output "files" {
  description = "The key of each file under code/, by its name."
  value       = { for name, object in aws_s3_object.code : name => object.key }
}

output "database" {
  description = "The lake's database in the Data Catalog."
  value       = aws_glue_catalog_database.lake.name
}
