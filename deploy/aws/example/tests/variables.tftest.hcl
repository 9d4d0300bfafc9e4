mock_provider "aws" {}

mock_provider "aws" {
  alias = "replica"
}

mock_provider "aws" {
  alias = "keys"
}

mock_provider "aws" {
  alias = "replica_keys"
}

variables {
  name               = "acme-dnb"
  region             = "eu-central-1"
  replica_region     = "eu-west-1"
  alarm_email        = "ops@example.com"
  monthly_budget_usd = 500
  wheel              = "main.tf" # some file
  function_archive   = "main.tf"
}

run "values_are_checked" {
  command = plan

  variables {
    name               = "acme-"
    region             = "Frankfurt"
    alarm_email        = "ops"
    monthly_budget_usd = 0
  }

  expect_failures = [var.name, var.region, var.alarm_email, var.monthly_budget_usd]
}

run "regions_are_two" {
  command = plan

  variables {
    replica_region = "eu-central-1"
  }

  expect_failures = [var.replica_region]
}

run "what_has_a_default_is_checked_as_well" {
  command = plan

  variables {
    warehouse         = true
    replica_lock_days = -1
    wheel             = "build/none.whl"
    function_archive  = "build/none.zip"
  }

  expect_failures = [var.warehouse, var.replica_lock_days, var.wheel, var.function_archive]
}
