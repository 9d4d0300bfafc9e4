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
}

mock_provider "aws" {
  alias = "replica"

  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::replica" }
  }
}

variables {
  name                = "acme"
  kms_key_arn         = "arn:aws:kms:eu-central-1:111122223333:key/here"
  replica_kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/there"
}

run "buckets_are_named_after_the_account_and_the_lake_is_told" {
  assert {
    condition = output.environment == {
      FIRMOGRAPH_UPLOADS     = "s3://acme-input-111122223333/uploads"
      FIRMOGRAPH_PROCESSED   = "s3://acme-input-111122223333/processed"
      FIRMOGRAPH_QUARANTINED = "s3://acme-input-111122223333/quarantined"
      FIRMOGRAPH_LAKE        = "s3://acme-lake-111122223333/lake"
      FIRMOGRAPH_ROOT        = "s3://acme-lake-111122223333/configuration"
      FIRMOGRAPH_LOG_FORMAT  = "json"
      FIRMOGRAPH_METRICS     = "emf"
    }
    error_message = "The environment of a run is another one."
  }

  assert {
    condition     = strcontains(aws_s3_object.settings.content, "lake = \"s3://acme-lake-111122223333/lake\"")
    error_message = "The settings name another lake."
  }

  assert {
    condition     = aws_s3_object.settings.kms_key_id == var.kms_key_arn && aws_s3_object.job.kms_key_id == var.kms_key_arn
    error_message = "Settings or script are not encrypted by the key."
  }
}

run "copies_are_encrypted_by_the_key_of_their_region" {
  assert {
    condition = alltrue([
      for copy in aws_s3_bucket_replication_configuration.this :
      copy.rule[0].destination[0].encryption_configuration[0].replica_kms_key_id == var.replica_kms_key_arn
      && copy.rule[0].source_selection_criteria[0].sse_kms_encrypted_objects[0].status == "Enabled"
      && copy.rule[0].delete_marker_replication[0].status == "Enabled"
      && copy.rule[0].status == "Enabled"
    ])
    error_message = "A bucket is not copied, or not under the second region's key."
  }

  assert {
    condition     = keys(aws_s3_bucket_replication_configuration.this) == ["input", "lake"]
    error_message = "Not both buckets are copied."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.replication.policy).Statement : statement.Resource
      if contains(flatten([statement.Action]), "kms:Encrypt")
    ] == [var.replica_kms_key_arn]
    error_message = "The copying role encrypts by another key."
  }
}
