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

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:acme-start" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-central-1:111122223333:rule/acme-nightly" }
  }

  mock_resource "aws_glue_job" {
    defaults = { arn = "arn:aws:glue:eu-central-1:111122223333:job/acme" }
  }

  mock_resource "aws_emrserverless_application" {
    defaults = { id = "00abc", arn = "arn:aws:emr-serverless:eu-central-1:111122223333:/applications/00abc" }
  }

  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:111122223333:cluster/acme" }
  }

  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:111122223333:task-definition/acme-run:1" }
  }

  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:eu-central-1:111122223333:repository/acme"
      repository_url = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/acme"
    }
  }
}

variables {
  name               = "acme"
  pipeline_role      = { name = "acme-pipeline", arn = "arn:aws:iam::111122223333:role/acme-pipeline" }
  data_key_arn       = "arn:aws:kms:eu-central-1:111122223333:key/data"
  operations_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/operations"
  queue              = { url = "https://sqs.eu-central-1.amazonaws.com/111122223333/acme-uploads", arn = "arn:aws:sqs:eu-central-1:111122223333:acme-uploads", name = "acme-uploads" }
  dead_letters       = { url = "https://sqs.eu-central-1.amazonaws.com/111122223333/acme-dead-letters", arn = "arn:aws:sqs:eu-central-1:111122223333:acme-dead-letters", name = "acme-dead-letters" }
  log_groups = {
    output   = { name = "/acme/runs/output", arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/acme/runs/output" }
    error    = { name = "/acme/runs/error", arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/acme/runs/error" }
    function = { name = "/acme/function", arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/acme/function" }
  }
  environment      = { FIRMOGRAPH_LAKE = "s3://acme-lake/lake" }
  root             = "s3://acme-lake/configuration"
  script           = "s3://acme-lake/code/job.py"
  wheel            = "s3://acme-lake/code/firmograph.whl"
  function_package = { bucket = "acme-lake", key = "code/function.zip", sha256 = "AAAA" }
  network          = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
}

run "glue_runs_the_script_with_its_root" {
  assert {
    condition = aws_glue_job.run[0].default_arguments == tomap({
      "--additional-python-modules" = "s3://acme-lake/code/firmograph.whl,pandas<3,sqlglot>=30"
      "--root"                      = "s3://acme-lake/configuration"
      "--custom-logGroup-prefix"    = "/acme/runs"
    })
    error_message = "The job's arguments are others."
  }

  assert {
    condition     = aws_glue_job.run[0].glue_version == "6.0" && aws_glue_job.run[0].execution_property[0].max_concurrent_runs == 2 && aws_glue_job.run[0].max_retries == 0
    error_message = "The job has an unsupported Spark, or more than one run running and one waiting."
  }

  assert {
    condition = [for settings in aws_glue_security_configuration.this[0].encryption_configuration : [
      settings.s3_encryption[0].kms_key_arn, settings.cloudwatch_encryption[0].cloudwatch_encryption_mode, settings.job_bookmarks_encryption[0].kms_key_arn,
    ]] == [[var.data_key_arn, "DISABLED", var.data_key_arn]]
    error_message = "Glue encrypts by other keys, or writes its log to groups of other names."
  }

  assert {
    condition     = output.job == "glue:acme" && aws_lambda_function.start[0].environment[0].variables == tomap({ FIRMOGRAPH_JOB = "glue:acme" })
    error_message = "The function starts another job."
  }

  assert {
    condition     = aws_lambda_function.start[0].handler == "firmograph.cloud.aws.function.handler" && aws_lambda_function.start[0].kms_key_arn == var.operations_key_arn
    error_message = "The function is another one, or its environment is not encrypted by the key."
  }

  assert {
    condition = (
      aws_lambda_event_source_mapping.uploads[0].function_response_types == toset(["ReportBatchItemFailures"])
      && aws_lambda_event_source_mapping.uploads[0].maximum_batching_window_in_seconds == 120
      && aws_lambda_event_source_mapping.uploads[0].scaling_config[0].maximum_concurrency == 2
    )
    error_message = "Messages are acknowledged without a run, or not collected."
  }

  assert {
    condition     = jsondecode(output.failure_pattern).detail == { jobName = ["acme"], state = ["FAILED", "TIMEOUT", "ERROR"] }
    error_message = "A job that dies is not told."
  }
}

run "the_function_may_start_this_job_and_no_more" {
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.start[0].policy).Statement : [flatten([statement.Action]), flatten([statement.Resource])]
      ] == [
      [["glue:StartJobRun", "glue:GetJobRuns"], ["arn:aws:glue:eu-central-1:111122223333:job/acme"]],
      [["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], ["arn:aws:sqs:eu-central-1:111122223333:acme-uploads"]],
      [["sqs:SendMessage"], ["arn:aws:sqs:eu-central-1:111122223333:acme-dead-letters"]],
      [["kms:Decrypt", "kms:GenerateDataKey"], ["arn:aws:kms:eu-central-1:111122223333:key/operations"]],
      [["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:eu-central-1:111122223333:log-group:/acme/function:*"]],
    ]
    error_message = "The function may do more or less."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.nightly[0].schedule_expression == "cron(17 2,14 * * ? *)"
    error_message = "Runs without an event are a day apart, which the alarm for a day without a run does not wait for."
  }

  assert {
    condition     = aws_cloudwatch_event_target.nightly[0].arn == aws_lambda_function.start[0].arn && aws_cloudwatch_event_target.nightly[0].input == "{}"
    error_message = "No run begins at night."
  }

  assert {
    condition     = length(aws_ecs_cluster.this) + length(aws_emrserverless_application.run) == 0
    error_message = "There is more than the one job."
  }
}

run "emr_serverless_is_started_with_role_and_script" {
  variables {
    job = "emr-serverless"
  }

  assert {
    condition = aws_lambda_function.start[0].environment[0].variables == tomap({
      FIRMOGRAPH_JOB            = "emr-serverless:00abc"
      FIRMOGRAPH_EXECUTION_ROLE = "arn:aws:iam::111122223333:role/acme-pipeline"
      FIRMOGRAPH_ENTRY_POINT    = "s3://acme-lake/code/job.py"
      FIRMOGRAPH_ARGUMENTS      = "--root s3://acme-lake/configuration"
      FIRMOGRAPH_LOG_GROUP      = "/acme/runs/output"
    })
    error_message = "The function starts another job."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.logs.policy).Statement : statement.Action] == [
      ["logs:CreateLogStream", "logs:PutLogEvents"], ["logs:DescribeLogStreams"], ["logs:DescribeLogGroups"],
    ]
    error_message = "EMR Serverless cannot write the job's log."
  }

  assert {
    condition     = aws_emrserverless_application.run[0].release_label == "emr-spark-8.0.0" && aws_emrserverless_application.run[0].maximum_capacity[0].cpu == "32 vCPU"
    error_message = "The application has another Spark, or no limit."
  }
}

run "ecs_runs_one_container_in_private_subnets" {
  variables {
    job = "ecs"
  }

  assert {
    condition = aws_lambda_function.start[0].environment[0].variables == tomap({
      FIRMOGRAPH_JOB             = "ecs:acme/acme-run"
      FIRMOGRAPH_SUBNETS         = "subnet-1,subnet-2"
      FIRMOGRAPH_SECURITY_GROUPS = "sg-1"
    })
    error_message = "The function starts another task."
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this["run"].container_definitions)[0].command == ["run", "--wait", "28800"]
      && jsondecode(aws_ecs_task_definition.this["run"].container_definitions)[0].environment == [
        { name = "AWS_REGION", value = "eu-central-1" }, { name = "FIRMOGRAPH_LAKE", value = "s3://acme-lake/lake" },
      ]
    )
    error_message = "The container runs something else."
  }

  assert {
    condition = jsondecode(output.failure_pattern).detail["$or"] == [
      { containers = { exitCode = [{ anything-but = [0, 3] }] } },
      { stopCode = ["TaskFailedToStart"] },
    ]
    error_message = "A task that dies, or that cannot start, is not told."
  }

  assert {
    condition     = aws_ecs_task_definition.this["run"].task_role_arn == var.pipeline_role.arn && aws_ecr_repository.this[0].encryption_configuration[0].kms_key == var.data_key_arn
    error_message = "The container has another role, or its image another key."
  }
}

run "a_listener_waits_as_a_service_and_may_empty_the_queue" {
  variables {
    consumer         = "listener"
    function_package = null
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this["listen"].container_definitions)[0].command == ["listen", "--every", "12h", var.queue.url]
    error_message = "The service does not listen."
  }

  assert {
    condition     = aws_ecs_service.listen[0].desired_count == 1 && aws_ecs_service.listen[0].network_configuration[0].assign_public_ip == false
    error_message = "There is more than one listener, or it has a public address."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.listen[0].policy).Statement[0].Action == ["sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
    error_message = "The listener may do more or less with the queue."
  }

  assert {
    condition     = length(aws_lambda_function.start) + length(aws_cloudwatch_event_rule.nightly) == 0
    error_message = "There is a function, too."
  }
}

run "containers_need_a_network" {
  command = plan

  variables {
    job     = "ecs"
    network = null
  }

  expect_failures = [var.network]
}
