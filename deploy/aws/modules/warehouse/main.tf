# Redshift Serverless over the lake: its tables are read where they are, by an external schema.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_redshiftserverless_namespace" "this" {
  namespace_name                   = var.name
  db_name                          = "companies"
  kms_key_id                       = var.kms_key_arn
  manage_admin_password            = true
  admin_password_secret_kms_key_id = var.kms_key_arn
  default_iam_role_arn             = aws_iam_role.read.arn
  iam_roles                        = [aws_iam_role.read.arn]
  log_exports                      = ["connectionlog", "userlog", "useractivitylog"]
}

resource "aws_redshiftserverless_workgroup" "this" {
  workgroup_name       = var.name
  namespace_name       = aws_redshiftserverless_namespace.this.namespace_name
  base_capacity        = var.base_capacity
  max_capacity         = var.maximum_capacity
  subnet_ids           = var.network.subnet_ids
  security_group_ids   = var.network.security_group_ids
  enhanced_vpc_routing = true
  publicly_accessible  = false

  dynamic "config_parameter" {
    for_each = { require_ssl = "true", enable_user_activity_logging = "true" }

    content {
      parameter_key   = config_parameter.key
      parameter_value = config_parameter.value
    }
  }
}

resource "aws_redshiftdata_statement" "external_schema" {
  workgroup_name = aws_redshiftserverless_workgroup.this.workgroup_name
  database       = aws_redshiftserverless_namespace.this.db_name
  secret_arn     = aws_redshiftserverless_namespace.this.admin_password_secret_arn

  sql = templatefile("${path.module}/external_schema.sql", {
    database = var.database
    role     = aws_iam_role.read.arn
    region   = data.aws_region.current.name
  })
}

resource "aws_iam_role" "read" {
  name = "${var.name}-warehouse"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = ["redshift-serverless.amazonaws.com", "redshift.amazonaws.com"] }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "read" {
  name   = "read"
  role   = aws_iam_role.read.id
  policy = var.read_policy
}
