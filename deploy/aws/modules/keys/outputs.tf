output "arns" {
  description = "The ARN of each key by its purpose."
  value       = { for purpose, key in aws_kms_key.this : purpose => key.arn }
}
