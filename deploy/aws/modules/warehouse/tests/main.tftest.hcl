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

  mock_resource "aws_redshiftserverless_namespace" {
    defaults = { admin_password_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:made" }
  }
}

variables {
  name        = "acme"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/data"
  database    = "acme"
  read_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  network     = { subnet_ids = ["subnet-1", "subnet-2", "subnet-3"], security_group_ids = ["sg-1"] }
}

run "the_warehouse_is_private_and_encrypted" {
  assert {
    condition = (
      aws_redshiftserverless_namespace.this.kms_key_id == var.kms_key_arn
      && aws_redshiftserverless_namespace.this.admin_password_secret_kms_key_id == var.kms_key_arn
      && aws_redshiftserverless_namespace.this.manage_admin_password
    )
    error_message = "Warehouse or password are not under the key."
  }

  assert {
    condition = (
      aws_redshiftserverless_workgroup.this.publicly_accessible == false
      && aws_redshiftserverless_workgroup.this.enhanced_vpc_routing
      && contains([for parameter in aws_redshiftserverless_workgroup.this.config_parameter : "${parameter.parameter_key}=${parameter.parameter_value}"], "require_ssl=true")
    )
    error_message = "The warehouse can be reached from outside, or without TLS."
  }

  assert {
    condition     = aws_redshiftserverless_workgroup.this.base_capacity == 8 && aws_redshiftserverless_workgroup.this.max_capacity == 16
    error_message = "The warehouse can cost any amount."
  }
}

run "the_external_schema_leads_to_the_catalogue" {
  assert {
    condition     = output.external_schema == <<-SQL
      CREATE EXTERNAL SCHEMA IF NOT EXISTS firmograph
      FROM DATA CATALOG
      DATABASE 'acme'
      IAM_ROLE 'arn:aws:iam::111122223333:role/made'
      REGION 'eu-central-1'
    SQL
    error_message = "The statement is another one."
  }

  assert {
    condition     = aws_redshiftdata_statement.external_schema.workgroup_name == "acme" && aws_redshiftdata_statement.external_schema.database == "companies"
    error_message = "The statement runs elsewhere."
  }
}
