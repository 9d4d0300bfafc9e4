mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/made" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::acme-trail-111122223333" }
  }
}

variables {
  name = "acme"
  buckets = {
    input = { name = "acme-input", arn = "arn:aws:s3:::acme-input" }
    lake  = { name = "acme-lake", arn = "arn:aws:s3:::acme-lake" }
  }
  data_key_arn       = "arn:aws:kms:eu-central-1:111122223333:key/data"
  operations_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/operations"
  database           = "acme"
  topic              = "arn:aws:sns:eu-central-1:111122223333:acme-alarms"
  monthly_budget_usd = 500
}

run "a_run_may_get_put_delete_list_and_use_its_key" {
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.pipeline.policy).Statement : [statement.Effect, statement.Action, statement.Resource]
      ] == [
      ["Allow", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], [
        "arn:aws:s3:::acme-input/uploads/*", "arn:aws:s3:::acme-input/processed/*", "arn:aws:s3:::acme-input/quarantined/*", "arn:aws:s3:::acme-lake/lake/*",
      ]],
      ["Allow", ["s3:GetObject"], ["arn:aws:s3:::acme-lake/configuration/*", "arn:aws:s3:::acme-lake/code/*"]],
      ["Allow", ["s3:ListBucket"], ["arn:aws:s3:::acme-input", "arn:aws:s3:::acme-lake"]],
      ["Allow", ["kms:Decrypt", "kms:GenerateDataKey"], ["arn:aws:kms:eu-central-1:111122223333:key/data"]],
    ]
    error_message = "A run may do more or less than docs/storage.md says."
  }

  assert {
    condition     = jsondecode(aws_iam_role.pipeline.assume_role_policy).Statement[0].Condition == { StringEquals = { "aws:SourceAccount" = "111122223333" } }
    error_message = "Services of other accounts may run as the pipeline."
  }
}

run "readers_cannot_write" {
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.people["readers"].policy).Statement : statement.Action
      ])) == toset([
      "s3:GetObject", "s3:ListBucket", "kms:Decrypt", "glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables", "glue:GetPartitions",
    ])
    error_message = "Readers may do more or less."
  }
}

run "nobody_may_change_permissions_or_delete_buckets" {
  assert {
    condition = alltrue([
      for action in distinct(flatten([
        for statement in jsondecode(aws_iam_role_policy.people["operators"].policy).Statement : statement.Action
      ])) : !strcontains(action, "*") && !startswith(action, "iam:") && !strcontains(action, "Bucket") || action == "s3:ListBucket"
    ])
    error_message = "Operators may do something to buckets or permissions."
  }
}

run "operators_redrive_and_purge_dead_letters" {
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.people["operators"].policy).Statement : statement.Action if statement.Sid == "Messages"
      ])) == toset([
      "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SendMessage", "sqs:StartMessageMoveTask",
      "sqs:ListMessageMoveTasks", "sqs:PurgeQueue",
    ])
    error_message = "Moving messages takes all of these, purging the last."
  }
}

run "the_account_is_kept_in_order" {
  assert {
    condition     = aws_iam_account_password_policy.this.minimum_password_length == 16 && aws_iam_account_password_policy.this.password_reuse_prevention == 24
    error_message = "Passwords may be weak."
  }

  assert {
    condition = (
      aws_cloudtrail.this.kms_key_id == var.operations_key_arn && aws_cloudtrail.this.is_multi_region_trail && aws_cloudtrail.this.enable_log_file_validation
      && aws_cloudtrail.this.event_selector[1].data_resource[0].values == tolist(["arn:aws:s3:::acme-input/", "arn:aws:s3:::acme-lake/"])
    )
    error_message = "The trail is not whole, or not under the key."
  }

  assert {
    condition = (
      aws_budgets_budget.monthly.limit_amount == "500" && aws_budgets_budget.monthly.time_unit == "MONTHLY"
      && toset([for told in aws_budgets_budget.monthly.notification : "${told.notification_type} ${told.threshold}"]) == toset(["ACTUAL 80", "FORECASTED 100"])
    )
    error_message = "The budget is another one, or tells nobody."
  }
}
