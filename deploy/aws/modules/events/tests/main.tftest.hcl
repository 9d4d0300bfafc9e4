mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:111122223333:made", url = "https://sqs.eu-central-1.amazonaws.com/111122223333/made" }
  }
}

variables {
  name        = "acme"
  bucket      = "acme-input-111122223333"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/operations"
}

run "only_objects_under_uploads_are_announced" {
  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.uploads.event_pattern) == {
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail      = { bucket = { name = ["acme-input-111122223333"] }, object = { key = [{ prefix = "uploads/" }] } }
    }
    error_message = "Other events start runs, or these do not."
  }

  assert {
    condition     = aws_s3_bucket_notification.uploads.eventbridge
    error_message = "The bucket tells EventBridge nothing."
  }
}

run "messages_are_encrypted_kept_and_given_up_in_the_end" {
  assert {
    condition     = aws_sqs_queue.uploads.kms_master_key_id == var.kms_key_arn && aws_sqs_queue.dead_letters.kms_master_key_id == var.kms_key_arn
    error_message = "A queue is not encrypted by the key."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.uploads.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead_letters.arn, maxReceiveCount = 50 }
    error_message = "Messages do not become dead letters after 50 receptions."
  }

  assert {
    condition     = aws_cloudwatch_event_target.uploads.dead_letter_config[0].arn == aws_sqs_queue.dead_letters.arn
    error_message = "Events that the queue refuses are lost."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.dead_letters.redrive_allow_policy).redrivePermission == "byQueue"
    error_message = "Other queues may put their dead letters here."
  }

  assert {
    condition     = aws_sqs_queue.uploads.message_retention_seconds == 1209600 && aws_sqs_queue.uploads.visibility_timeout_seconds == 900
    error_message = "Messages are kept for less than 14 days, or come back too soon."
  }
}

run "only_the_rules_of_this_installation_send" {
  assert {
    condition = alltrue([
      for policy in aws_sqs_queue_policy.this :
      jsondecode(policy.policy).Statement[0].Condition == { ArnLike = { "aws:SourceArn" = "arn:aws:events:eu-central-1:111122223333:rule/acme-*" } }
      && jsondecode(policy.policy).Statement[0].Action == "sqs:SendMessage"
      && jsondecode(policy.policy).Statement[1].Condition == { Bool = { "aws:SecureTransport" = "false" } }
      && jsondecode(policy.policy).Statement[1].Effect == "Deny"
      && length(jsondecode(policy.policy).Statement) == 2
    ])
    error_message = "Somebody else may send, or without TLS."
  }
}
