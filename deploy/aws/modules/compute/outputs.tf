output "job" {
  description = "The job as FIRMOGRAPH_JOB names it; null for a listener."
  value       = local.has_function ? "${var.job}:${local.started[var.job]}" : null
}

output "function" {
  description = "The name of the function that starts runs; null for a listener."
  value       = one(aws_lambda_function.start[*].function_name)
}

output "repository" {
  description = "Where the image is pushed; null without containers."
  value       = one(aws_ecr_repository.this[*].repository_url)
}

output "failure_pattern" {
  description = "The pattern of the events by which the service says that a job died."
  value = jsonencode({
    glue = {
      source      = ["aws.glue"]
      detail-type = ["Glue Job State Change"]
      detail      = { jobName = aws_glue_job.run[*].name, state = ["FAILED", "TIMEOUT", "ERROR"] }
    }
    "emr-serverless" = {
      source      = ["aws.emr-serverless"]
      detail-type = ["EMR Serverless Job Run State Change"]
      detail      = { applicationId = aws_emrserverless_application.run[*].id, state = ["FAILED"] }
    }
    ecs = {
      source      = ["aws.ecs"]
      detail-type = ["ECS Task State Change"]
      detail = {
        clusterArn = aws_ecs_cluster.this[*].arn
        lastStatus = ["STOPPED"]
        "$or" = [
          { containers = { exitCode = [{ anything-but = [0, 3] }] } }, # 3: finished, with something refused
          { stopCode = ["TaskFailedToStart"] },
        ]
      }
    }
  }[local.has_ecs ? "ecs" : var.job])
}
