# Starts one run of the job for whatever lies in the queue, unless two are unfinished.

locals {
  function = "${var.name}-start"
  started = {
    glue             = one(aws_glue_job.run[*].name)
    "emr-serverless" = one(aws_emrserverless_application.run[*].id)
    ecs              = local.has_ecs && local.has_function ? "${aws_ecs_cluster.this[0].name}/${aws_ecs_task_definition.this["run"].family}" : null
  }
  function_environment = {
    glue = {}
    "emr-serverless" = {
      FIRMOGRAPH_EXECUTION_ROLE = var.pipeline_role.arn
      FIRMOGRAPH_ENTRY_POINT    = var.script
      FIRMOGRAPH_ARGUMENTS      = "--root ${var.root}"
      FIRMOGRAPH_LOG_GROUP      = var.log_groups["output"].name
    }
    ecs = {
      FIRMOGRAPH_SUBNETS         = join(",", try(var.network.subnet_ids, []))
      FIRMOGRAPH_SECURITY_GROUPS = join(",", try(var.network.security_group_ids, []))
    }
  }
  arn_of_task = "arn:aws:ecs:${local.region}:${local.account}:task-definition/${var.name}-run:*"
  pass_roles = {
    Effect   = "Allow"
    Action   = "iam:PassRole"
    Resource = concat([var.pipeline_role.arn], aws_iam_role.execution[*].arn)
    Condition = {
      StringEquals = { "iam:PassedToService" = ["ecs-tasks.amazonaws.com", "emr-serverless.amazonaws.com"] }
    }
  }
  may_start = {
    glue = [{
      Effect   = "Allow"
      Action   = ["glue:StartJobRun", "glue:GetJobRuns"]
      Resource = aws_glue_job.run[*].arn
    }]
    "emr-serverless" = [
      {
        Effect   = "Allow"
        Action   = ["emr-serverless:StartJobRun", "emr-serverless:ListJobRuns"]
        Resource = aws_emrserverless_application.run[*].arn
      },
      local.pass_roles,
    ]
    ecs = [
      { Effect = "Allow", Action = "ecs:RunTask", Resource = local.arn_of_task },
      {
        Effect    = "Allow"
        Action    = "ecs:ListTasks"
        Resource  = "*" # the condition says where: ListTasks takes container instances as its resource
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.this[*].arn } }
      },
      local.pass_roles,
    ]
  }
}

resource "aws_lambda_function" "start" {
  # checkov:skip=CKV_AWS_50: the function makes two calls, which its log names
  # checkov:skip=CKV_AWS_115: young accounts have no concurrency to reserve; a run too many waits for the lease
  # checkov:skip=CKV_AWS_117: it calls the services' own endpoints and nothing in a network
  # checkov:skip=CKV_AWS_272: the package lies in the lake's bucket under code/, where the pipeline cannot write
  count = local.has_function ? 1 : 0

  function_name = local.function
  description   = "Starts a run when something was uploaded."
  role          = aws_iam_role.start[0].arn
  runtime       = "python3.13"
  handler       = "firmograph.cloud.aws.function.handler"
  s3_bucket     = var.function_package.bucket
  s3_key        = var.function_package.key

  source_code_hash = var.function_package.sha256

  timeout     = 60
  memory_size = 256
  kms_key_arn = var.operations_key_arn

  environment {
    variables = merge({ FIRMOGRAPH_JOB = "${var.job}:${local.started[var.job]}" }, local.function_environment[var.job])
  }

  # The nightly event, if it fails for good.
  dead_letter_config {
    target_arn = var.dead_letters.arn
  }

  logging_config {
    log_format = "Text" # firmograph's lines are JSON by themselves
    log_group  = var.log_groups["function"].name
  }
}

resource "aws_lambda_event_source_mapping" "uploads" {
  count = local.has_function ? 1 : 0

  event_source_arn                   = var.queue.arn
  function_name                      = aws_lambda_function.start[0].arn
  batch_size                         = 10000
  maximum_batching_window_in_seconds = var.quiet_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  # Otherwise Lambda splits a flood into many concurrent batches, each of which may start a run; 2 is the minimum.
  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_iam_role" "start" {
  count = local.has_function ? 1 : 0
  name  = local.function

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "start" {
  count = local.has_function ? 1 : 0

  name = "start"
  role = aws_iam_role.start[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.may_start[var.job], [
      {
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = var.queue.arn
      },
      { Effect = "Allow", Action = "sqs:SendMessage", Resource = var.dead_letters.arn },
      { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.operations_key_arn },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${var.log_groups["function"].arn}:*"
      },
    ])
  })
}
