mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::acme" }
  }
}

variables {
  name                   = "acme"
  kms_key_arn            = "arn:aws:kms:eu-central-1:111122223333:key/here"
  old_versions_kept_days = 30
}

run "nothing_is_public_or_encrypted_otherwise" {
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls, aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls, aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Something may be public."
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule :
      rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
      && rule.apply_server_side_encryption_by_default[0].kms_master_key_id == var.kms_key_arn
      && rule.bucket_key_enabled
    ])
    error_message = "Objects are not encrypted by the key."
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "There are no versions."
  }

  assert {
    condition     = aws_s3_bucket.this.force_destroy == false
    error_message = "A slip of the hand can delete the bucket with everything in it."
  }
}

run "requests_without_tls_or_with_another_key_are_denied" {
  assert {
    condition = {
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : statement.Sid => [statement.Effect, statement.Principal, statement.Action]
      } == {
      TlsOnly           = ["Deny", "*", "s3:*"]
      ModernTlsOnly     = ["Deny", "*", "s3:*"]
      NoOtherEncryption = ["Deny", "*", "s3:PutObject"]
      NoOtherKey        = ["Deny", "*", "s3:PutObject"]
    }
    error_message = "The policy denies more or less than that."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "Requests without TLS are not denied."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[3].Condition.StringNotEquals["s3:x-amz-server-side-encryption-aws-kms-key-id"] == var.kms_key_arn
    error_message = "Another key is not denied."
  }
}

run "without_aging_no_current_object_moves_or_goes" {
  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this.rule) == 1
    error_message = "There are more rules than the one that tidies."
  }

  assert {
    condition = (
      aws_s3_bucket_lifecycle_configuration.this.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 1
      && aws_s3_bucket_lifecycle_configuration.this.rule[0].noncurrent_version_expiration[0].noncurrent_days == 30
      && length(aws_s3_bucket_lifecycle_configuration.this.rule[0].transition) == 0
      && try(aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration[0].days, 0) == 0
    )
    error_message = "The rule that tidies moves or deletes current objects, or does not tidy."
  }

  assert {
    condition     = length(aws_s3_bucket_object_lock_configuration.this) == 0 && aws_s3_bucket.this.object_lock_enabled == false
    error_message = "Objects are locked, though nobody asked for it."
  }
}

# The values of module storage for the lake.
run "the_lake_stays_readable_at_once" {
  variables {
    aging = {
      "lake/ods/" = { old_versions_after_days = 30 }
      "athena/"   = { deleted_after_days = 7 }
    }
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule :
      length(rule.transition) == 0 && length([for expiration in rule.expiration : expiration if try(expiration.days, 0) > 0]) == 0
      if rule.id == "tidy" || startswith(rule.id, "lake")
    ])
    error_message = "Current objects of the lake move to Glacier or go."
  }

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this.rule : one(rule.noncurrent_version_transition).storage_class
      if rule.id == "lake/ods/"
    ] == ["GLACIER"]
    error_message = "Old versions of raw documents do not go to Glacier."
  }
}

run "a_lock_is_an_option" {
  variables {
    object_lock_days = 35
  }

  assert {
    condition     = aws_s3_bucket.this.object_lock_enabled && aws_s3_bucket_object_lock_configuration.this[0].rule[0].default_retention[0].days == 35
    error_message = "Nothing is locked."
  }
}
