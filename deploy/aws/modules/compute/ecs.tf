resource "aws_ecr_repository" "this" {
  count = local.has_ecs ? 1 : 0

  name                 = var.name
  image_tag_mutability = "IMMUTABLE"

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.data_key_arn
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecs_cluster" "this" {
  count = local.has_ecs ? 1 : 0
  name  = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

locals {
  # `run` is started once for each drop; `listen` is a service that waits for messages and runs itself.
  commands = {
    run    = ["run", "--wait", tostring(var.job_minutes * 60)]
    listen = ["listen", "--every", "12h", var.queue.url] # see the variable nightly
  }
  tasks = local.has_ecs ? { for task in [local.has_listener ? "listen" : "run"] : task => local.commands[task] } : {}
}

resource "aws_ecs_task_definition" "this" {
  # checkov:skip=CKV_AWS_336: a run keeps its configuration under /project and spills under /tmp
  for_each = local.tasks

  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task_cpu
  memory                   = var.task_memory
  task_role_arn            = var.pipeline_role.arn
  execution_role_arn       = aws_iam_role.execution[0].arn

  ephemeral_storage {
    size_in_gib = var.task_disk_gib
  }

  container_definitions = jsonencode([{
    name        = "firmograph"
    image       = "${aws_ecr_repository.this[0].repository_url}:${var.image_tag}"
    essential   = true
    command     = each.value
    stopTimeout = 120
    environment = [
      for name, value in merge(var.environment, { AWS_REGION = local.region }) : { name = name, value = value }
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = var.log_groups["output"].name
        "awslogs-region"        = local.region
        "awslogs-stream-prefix" = each.key
      }
    }
  }])
}

resource "aws_ecs_service" "listen" {
  count = local.has_listener ? 1 : 0

  name                               = "${var.name}-listen"
  cluster                            = aws_ecs_cluster.this[0].id
  task_definition                    = aws_ecs_task_definition.this["listen"].arn
  desired_count                      = 1
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 0 # the old listener ends before the new one begins
  deployment_maximum_percent         = 100

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = var.network.security_group_ids
    assign_public_ip = false
  }
}

resource "aws_iam_role_policy" "listen" {
  count = local.has_listener ? 1 : 0

  name = "listen"
  role = var.pipeline_role.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
        Resource = var.queue.arn
      },
      { Effect = "Allow", Action = "kms:Decrypt", Resource = var.operations_key_arn },
    ]
  })
}

# Fetches the image and opens the log; the container itself runs as the pipeline's role.
resource "aws_iam_role" "execution" {
  count = local.has_ecs ? 1 : 0
  name  = "${var.name}-execution"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "execution" {
  # checkov:skip=CKV_AWS_355: ecr:GetAuthorizationToken knows no resource
  count = local.has_ecs ? 1 : 0

  name = "start"
  role = aws_iam_role.execution[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = aws_ecr_repository.this[0].arn
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${var.log_groups["output"].arn}:*"
      },
    ]
  })
}
