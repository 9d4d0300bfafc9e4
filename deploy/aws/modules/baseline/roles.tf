# Three roles: runs, readers, and people who operate the lake.

locals {
  account = data.aws_caller_identity.current.account_id

  of_input = [for prefix in ["uploads", "processed", "quarantined"] : "${var.buckets.input.arn}/${prefix}/*"]
  of_lake  = "${var.buckets.lake.arn}/lake/*"
  fixed    = [for prefix in ["configuration", "code"] : "${var.buckets.lake.arn}/${prefix}/*"]

  read_lake = [
    { Sid = "ReadTables", Effect = "Allow", Action = ["s3:GetObject"], Resource = [local.of_lake] },
    {
      Sid       = "ListTables"
      Effect    = "Allow"
      Action    = ["s3:ListBucket"]
      Resource  = [var.buckets.lake.arn]
      Condition = { StringLike = { "s3:prefix" = ["lake", "lake/*"] } }
    },
    { Sid = "Decrypt", Effect = "Allow", Action = ["kms:Decrypt"], Resource = [var.data_key_arn] },
    {
      Sid    = "ReadCatalogue"
      Effect = "Allow"
      Action = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables", "glue:GetPartitions"]
      Resource = [
        "arn:aws:glue:${local.region}:${local.account}:catalog",
        "arn:aws:glue:${local.region}:${local.account}:database/${var.database}",
        "arn:aws:glue:${local.region}:${local.account}:table/${var.database}/*",
      ]
    },
  ]

  queue = ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage"]

  # Exactly what docs/storage.md says a run needs: get, put, delete, list, and the key.
  run = [
    {
      Sid      = "Objects"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
      Resource = concat(local.of_input, [local.of_lake])
    },
    { Sid = "Configuration", Effect = "Allow", Action = ["s3:GetObject"], Resource = local.fixed },
    {
      Sid      = "List"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = [var.buckets.input.arn, var.buckets.lake.arn]
      Condition = {
        StringLike = { "s3:prefix" = flatten([
          for prefix in ["uploads", "processed", "quarantined", "lake", "configuration"] : [prefix, "${prefix}/*"]
        ]) }
      }
    },
    { Sid = "Key", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.data_key_arn] },
  ]

  operate = [
    {
      Sid      = "Configure"
      Effect   = "Allow"
      Action   = ["s3:PutObject", "s3:DeleteObject"]
      Resource = local.fixed
    },
    {
      Sid      = "RegisterTables"
      Effect   = "Allow"
      Action   = ["glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable"]
      Resource = local.read_lake[3].Resource
    },
    {
      Sid      = "Messages"
      Effect   = "Allow"
      Action   = concat(local.queue, ["sqs:StartMessageMoveTask", "sqs:ListMessageMoveTasks", "sqs:SendMessage", "sqs:PurgeQueue"])
      Resource = ["arn:aws:sqs:${local.region}:${local.account}:${var.name}-*"]
    },
    {
      Sid      = "Logs"
      Effect   = "Allow"
      Action   = ["logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery", "logs:DescribeLogStreams"]
      Resource = ["arn:aws:logs:${local.region}:${local.account}:log-group:/${var.name}/*"]
    },
    {
      Sid    = "Start"
      Effect = "Allow"
      Action = ["lambda:InvokeFunction", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
      Resource = [
        "arn:aws:lambda:${local.region}:${local.account}:function:${var.name}-start",
        "arn:aws:glue:${local.region}:${local.account}:job/${var.name}",
      ]
    },
    { Sid = "OperationsKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.operations_key_arn] },
  ]

  people = {
    readers   = local.read_lake
    operators = concat(local.run, [local.read_lake[3]], local.operate)
  }
}

resource "aws_iam_role" "pipeline" {
  name        = "${var.name}-pipeline"
  description = "Runs."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = var.services }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "pipeline" {
  name   = "data"
  role   = aws_iam_role.pipeline.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.run })
}

resource "aws_iam_role" "people" {
  for_each = local.people

  name        = "${var.name}-${each.key}"
  description = "People: ${each.key}."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = coalescelist(var.people[each.key], ["arn:aws:iam::${local.account}:root"]) }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "people" {
  for_each = local.people

  name   = each.key
  role   = aws_iam_role.people[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = each.value })
}
