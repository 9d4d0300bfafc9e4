output "workgroup" {
  description = "Athena's workgroup."
  value       = aws_athena_workgroup.this.name
}

output "analysis" {
  description = "The ARN of the analysis."
  value       = aws_quicksight_analysis.companies.arn
}
