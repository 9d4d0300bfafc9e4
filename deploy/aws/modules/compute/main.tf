# What runs when something was uploaded: one of three kinds of job, and what starts it.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.name

  log_streams = [for group in var.log_groups : "${group.arn}:*"]
  emr_looks = [
    { Effect = "Allow", Action = ["logs:DescribeLogStreams"], Resource = local.log_streams },
    { Effect = "Allow", Action = ["logs:DescribeLogGroups"], Resource = ["arn:aws:logs:${local.region}:${local.account}:log-group:*"] },
  ]

  has_function = var.consumer == "function"
  has_listener = var.consumer == "listener"
  has_glue     = local.has_function && var.job == "glue"
  has_emr      = local.has_function && var.job == "emr-serverless"
  has_ecs      = local.has_listener || var.job == "ecs"
}

# Whatever runs as the pipeline writes its log; on its data the role has no more than module baseline gives it.
# EMR Serverless also looks for the group and its streams.
resource "aws_iam_role_policy" "logs" {
  name = "logs"
  role = var.pipeline_role.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{ Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = local.log_streams }],
      [for statement in local.emr_looks : statement if local.has_emr],
    )
  })
}
