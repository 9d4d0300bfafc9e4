# firmograph in one account: fill in the five values of terraform.tfvars.example.

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  tags    = { project = var.name }
  wheel   = basename(var.wheel)

  files = merge(
    var.job == "glue" && var.consumer == "function" ? { (local.wheel) = var.wheel } : {},
    var.consumer == "function" ? { "function.zip" = var.function_archive } : {},
  )
}

module "keys" {
  source    = "../modules/keys"
  providers = { aws = aws.keys }

  name        = var.name
  account_id  = local.account
  macie_reads = var.privacy
}

module "replica_keys" {
  source    = "../modules/keys"
  providers = { aws = aws.replica_keys }

  name       = "${var.name}-replica"
  account_id = local.account
  purposes   = ["data"]
}

module "storage" {
  source    = "../modules/storage"
  providers = { aws = aws, aws.replica = aws.replica }

  name                = var.name
  kms_key_arn         = module.keys.arns["data"]
  replica_kms_key_arn = module.replica_keys.arns["data"]
  settings            = var.settings
  files               = local.files
  replica_lock_days   = var.replica_lock_days
  force_destroy       = var.trial
}

module "baseline" {
  source = "../modules/baseline"

  name               = var.name
  buckets            = module.storage.buckets
  data_key_arn       = module.keys.arns["data"]
  operations_key_arn = module.keys.arns["operations"]
  database           = module.storage.database
  topic              = module.observability.topic
  monthly_budget_usd = var.monthly_budget_usd
  people             = var.people
  force_destroy      = var.trial
}

module "events" {
  source = "../modules/events"

  name        = var.name
  bucket      = module.storage.buckets.input.name
  kms_key_arn = module.keys.arns["operations"]
}

module "compute" {
  source = "../modules/compute"

  name               = var.name
  job                = var.job
  consumer           = var.consumer
  pipeline_role      = module.baseline.pipeline
  data_key_arn       = module.keys.arns["data"]
  operations_key_arn = module.keys.arns["operations"]
  queue              = module.events.queue
  dead_letters       = module.events.dead_letters
  log_groups         = module.observability.log_groups
  environment        = module.storage.environment
  root               = module.storage.root
  script             = module.storage.script
  wheel              = "s3://${module.storage.buckets.lake.name}/${lookup(module.storage.files, local.wheel, "")}"
  network            = var.network
  quiet_seconds      = var.quiet_seconds

  function_package = var.consumer != "function" ? null : {
    bucket = module.storage.buckets.lake.name
    key    = module.storage.files["function.zip"]
    sha256 = filebase64sha256(var.function_archive)
  }
}

module "observability" {
  source = "../modules/observability"

  name            = var.name
  kms_key_arn     = module.keys.arns["operations"]
  email           = var.alarm_email
  lake            = module.storage.lake
  queue           = module.events.queue.name
  dead_letters    = module.events.dead_letters.name
  consumer        = var.consumer
  function        = module.compute.function
  failure_pattern = module.compute.failure_pattern
}

module "privacy" {
  source = "../modules/privacy"
  count  = var.privacy ? 1 : 0

  name    = var.name
  buckets = [for bucket in module.storage.buckets : bucket.name]
  topic   = module.observability.topic
}

module "warehouse" {
  source = "../modules/warehouse"
  count  = var.warehouse ? 1 : 0

  name        = var.name
  kms_key_arn = module.keys.arns["data"]
  database    = module.storage.database
  read_policy = module.baseline.read_policy
  network     = var.network
}

module "dashboards" {
  source = "../modules/dashboards"
  count  = var.quicksight_owner == null ? 0 : 1

  name           = var.name
  database       = module.storage.database
  answers_bucket = module.storage.buckets.lake.name
  kms_key_arn    = module.keys.arns["data"]
  owner          = var.quicksight_owner
}
