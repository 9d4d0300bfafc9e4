mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
}

variables {
  name       = "acme"
  account_id = "111122223333"
}

run "keys_rotate_and_are_administered_by_their_own_account" {
  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation && key.deletion_window_in_days == 30])
    error_message = "A key does not rotate, or can be lost within less than 30 days."
  }

  assert {
    condition = alltrue([
      for key in aws_kms_key.this :
      jsondecode(key.policy).Statement[0].Principal.AWS == "arn:aws:iam::111122223333:root"
    ])
    error_message = "Another account administers the keys."
  }

  assert {
    condition     = { for purpose, alias in aws_kms_alias.this : purpose => alias.name } == { data = "alias/acme-data", operations = "alias/acme-operations" }
    error_message = "The aliases are not the documented ones."
  }

  assert {
    condition     = [for statement in jsondecode(aws_kms_key.this["data"].policy).Statement : statement.Sid] == ["Administration"]
    error_message = "Somebody but its own account may use the key of data."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this["operations"].policy).Statement : can(statement.Condition)
      if !contains(["Administration", "Events"], statement.Sid)
    ])
    error_message = "A service may use the key for other accounts, too."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.this["operations"].policy).Statement : can(statement.Condition)
      if try(contains(flatten([statement.Principal.Service]), "events.amazonaws.com"), false)
    ] == [false]
    error_message = "EventBridge cannot use the key: it meets no condition on account or rule."
  }
}

run "keys_of_another_account_can_be_used_but_not_administered" {
  variables {
    account_id = "444455556666"
  }

  assert {
    condition = alltrue([
      for key in aws_kms_key.this : [
        for statement in jsondecode(key.policy).Statement : statement.Action
        if try(statement.Principal.AWS, "") == "arn:aws:iam::444455556666:root"
      ] == [["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"], "kms:CreateGrant"]
    ])
    error_message = "The account that uses the keys may do more or less than that."
  }
}

run "macie_decrypts_only_if_asked_for" {
  variables {
    macie_reads = true
  }

  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.this["data"].policy).Statement : statement.Condition.ArnEquals["aws:PrincipalArn"]
      if statement.Sid == "MacieReads" && statement.Action == "kms:Decrypt"
    ] == ["arn:aws:iam::111122223333:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"]
    error_message = "Macie's own role cannot decrypt."
  }
}
