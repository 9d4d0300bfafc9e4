output "workgroup" {
  description = "The workgroup that answers queries."
  value       = aws_redshiftserverless_workgroup.this.workgroup_name
}

output "external_schema" {
  description = "The statement by which the lake's tables become visible, for other databases."
  value       = aws_redshiftdata_statement.external_schema.sql
}
