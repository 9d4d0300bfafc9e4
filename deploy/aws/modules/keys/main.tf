# The keys of one region. The module may live in an account of its own: give it a provider of that account.

data "aws_caller_identity" "owner" {}

data "aws_region" "current" {}

locals {
  owner  = data.aws_caller_identity.owner.account_id
  region = data.aws_region.current.name

  administration = {
    Sid       = "Administration"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::${local.owner}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }

  # Another account's roles need the permission here and in their own policies.
  use_from_another_account = {
    Sid       = "UseFromAnotherAccount"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
    Action    = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
    Resource  = "*"
  }

  grants_from_another_account = {
    Sid       = "GrantsFromAnotherAccount"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
    Action    = "kms:CreateGrant"
    Resource  = "*"
    Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
  }

  logs = {
    Sid       = "LogGroups"
    Effect    = "Allow"
    Principal = { Service = "logs.${local.region}.amazonaws.com" }
    Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    Resource  = "*"
    Condition = {
      ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:${local.region}:${var.account_id}:log-group:*" }
    }
  }

  # What puts messages into the queue and the topic. EventBridge passes neither account nor rule when it uses the key of
  # a topic, so a condition here would drop its messages silently. The policy of the queue limits who may send.
  events = {
    Sid       = "Events"
    Effect    = "Allow"
    Principal = { Service = "events.amazonaws.com" }
    Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
    Resource  = "*"
  }

  messages = {
    Sid       = "Messages"
    Effect    = "Allow"
    Principal = { Service = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] }
    Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
    Resource  = "*"
    Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
  }

  trail = {
    Sid       = "Trail"
    Effect    = "Allow"
    Principal = { Service = "cloudtrail.amazonaws.com" }
    Action    = ["kms:GenerateDataKey*", "kms:DescribeKey"]
    Resource  = "*"
    Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
  }

  # Macie's own role exists only once Macie is on, and a policy may not name a role that does not exist.
  macie = {
    Sid       = "MacieReads"
    Effect    = "Allow"
    Principal = "*"
    Action    = "kms:Decrypt"
    Resource  = "*"
    Condition = {
      StringEquals = { "kms:CallerAccount" = var.account_id }
      ArnEquals    = { "aws:PrincipalArn" = "arn:aws:iam::${var.account_id}:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie" }
    }
  }

  from_another_account = [
    for statement in [local.use_from_another_account, local.grants_from_another_account] :
    statement if local.owner != var.account_id
  ]

  statements = {
    data       = concat([local.administration], local.from_another_account, [for statement in [local.macie] : statement if var.macie_reads])
    operations = concat([local.administration], local.from_another_account, [local.logs, local.events, local.messages, local.trail])
  }
}

resource "aws_kms_key" "this" {
  for_each = var.purposes

  description             = "${var.name}: ${each.key}"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements[each.key] })
}

resource "aws_kms_alias" "this" {
  for_each = var.purposes

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
