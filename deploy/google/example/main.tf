# All of it for one lake. From nothing to the first run: docs/google.md.

locals {
  project = module.baseline.project
  number  = module.baseline.number
  agents = {
    storage   = data.google_storage_project_service_account.this.member
    bigquery  = data.google_bigquery_default_service_account.this.member
    logging   = "serviceAccount:${data.google_logging_project_cmek_settings.this.service_account_id}"
    pubsub    = "serviceAccount:service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    images    = "serviceAccount:service-${local.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    run       = "serviceAccount:service-${local.number}@serverless-robot-prod.iam.gserviceaccount.com"
    functions = "serviceAccount:service-${local.number}@gcf-admin-robot.iam.gserviceaccount.com"
    eventarc  = "serviceAccount:service-${local.number}@gcp-sa-eventarc.iam.gserviceaccount.com"
    dataproc  = "serviceAccount:service-${local.number}@dataproc-accounts.iam.gserviceaccount.com"
    machines  = "serviceAccount:service-${local.number}@compute-system.iam.gserviceaccount.com"
  }
}

data "google_storage_project_service_account" "this" {
  project = local.project
}

data "google_bigquery_default_service_account" "this" {
  project = local.project
}

data "google_logging_project_cmek_settings" "this" {
  project = local.project
}

module "baseline" {
  source = "../modules/baseline"

  project         = var.project
  name            = var.name
  region          = var.region
  operators       = var.operators
  billing_account = var.billing_account
}

module "keys" {
  source = "../modules/keys"

  project  = var.key_project
  name     = var.name
  location = var.region
  users = {
    storage   = [local.agents.storage]
    messages  = [local.agents.pubsub]
    warehouse = [local.agents.bigquery]
    logs      = [local.agents.logging]
    compute = [
      local.agents.storage,
      local.agents.images,
      local.agents.run,
      local.agents.functions,
      local.agents.eventarc,
      local.agents.dataproc,
      local.agents.machines,
    ]
  }
}

module "second_keys" {
  source = "../modules/keys"

  project    = var.key_project
  name       = var.name
  location   = var.second_region
  record_use = false # the first one does, for the whole project
  users = {
    storage = [local.agents.storage]
  }
}

module "storage" {
  source = "../modules/storage"

  project        = local.project
  name           = var.name
  region         = var.region
  second_region  = var.second_region
  key            = module.keys.ids["storage"]
  second_key     = module.second_keys.ids["storage"]
  pipeline_email = module.baseline.pipeline_email
  pipeline_role  = module.baseline.pipeline_role
  readers        = var.readers
}

module "events" {
  source = "../modules/events"

  project        = local.project
  project_number = local.number
  name           = var.name
  region         = var.region
  bucket         = module.storage.names["input"]
  key            = module.keys.ids["messages"]
  listener       = var.consumer == "listener"
  pipeline_email = module.baseline.pipeline_email
}

module "compute" {
  source = "../modules/compute"

  project              = local.project
  name                 = var.name
  region               = var.region
  key                  = module.keys.ids["compute"]
  image                = "${var.region}-docker.pkg.dev/${var.project}/${var.name}/firmograph:${var.image_tag}"
  places               = module.storage.places
  pipeline_email       = module.baseline.pipeline_email
  trigger_email        = module.baseline.trigger_email
  build_email          = module.baseline.build_email
  configuration_bucket = module.storage.names["configuration"]
  topic                = module.events.topic
  subscription         = module.events.subscription
  subnetwork           = module.baseline.subnetwork
  consumer             = var.consumer
  job                  = var.job
  function_source      = var.function_source
}

module "observability" {
  source = "../modules/observability"

  project           = local.project
  name              = var.name
  region            = var.region
  key               = module.keys.ids["logs"]
  resource_type     = module.compute.resource_type
  dead_subscription = module.events.dead_subscription
  has_function      = var.consumer == "function"
  function          = module.compute.function
  email             = var.email
}

module "privacy" {
  source = "../modules/privacy"

  project        = local.project
  project_number = local.number
  name           = var.name
  region         = var.region
  key            = module.keys.ids["warehouse"]
  bucket         = module.storage.names["input"]
}

module "warehouse" {
  source = "../modules/warehouse"

  project       = local.project
  name          = var.name
  region        = var.region
  key           = module.keys.ids["warehouse"]
  bucket        = module.storage.names["lake"]
  lake          = module.storage.places["FIRMOGRAPH_LAKE"]
  lake_is_there = var.lake_is_there
  readers       = var.readers
}

module "dashboards" {
  source = "../modules/dashboards"

  project = local.project
  name    = var.name
  dataset = module.warehouse.dataset
}
