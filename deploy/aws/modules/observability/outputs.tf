output "log_groups" {
  description = "Name and ARN of the log groups output, error and function."
  value       = { for group, made in aws_cloudwatch_log_group.this : group => { name = made.name, arn = made.arn } }
}

output "topic" {
  description = "The ARN of the topic that tells people."
  value       = aws_sns_topic.alarms.arn
}
