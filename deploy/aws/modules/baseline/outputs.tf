output "pipeline" {
  description = "Name and ARN of the role of runs."
  value       = { name = aws_iam_role.pipeline.name, arn = aws_iam_role.pipeline.arn }
}

output "people" {
  description = "The ARN of the roles `readers` and `operators`."
  value       = { for who, role in aws_iam_role.people : who => role.arn }
}

output "read_policy" {
  description = "The policy that lets somebody read the lake and its catalogue."
  value       = jsonencode({ Version = "2012-10-17", Statement = local.read_lake })
}
