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

  mock_resource "aws_quicksight_data_source" {
    defaults = { arn = "arn:aws:quicksight:eu-central-1:111122223333:datasource/acme" }
  }

  mock_resource "aws_quicksight_data_set" {
    defaults = { arn = "arn:aws:quicksight:eu-central-1:111122223333:dataset/made" }
  }
}

variables {
  name           = "acme"
  database       = "acme"
  answers_bucket = "acme-lake"
  kms_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/data"
  owner          = "arn:aws:quicksight:eu-central-1:111122223333:user/default/ops"
}

run "data_sets_are_tables_of_the_lake_and_the_analysis_shows_them" {
  assert {
    condition     = keys(aws_quicksight_data_set.table) == ["app_stocks_by_company", "dw_company_data", "dw_family_tree", "dw_family_tree_members", "dw_stock_exchanges"]
    error_message = "The data sets are others."
  }

  assert {
    condition = [
      for map in aws_quicksight_data_set.table["app_stocks_by_company"].physical_table_map : [
        map.relational_table[0].schema, map.relational_table[0].name,
        [for column in map.relational_table[0].input_columns : "${column.name} ${column.type}"],
      ]
    ] == [["acme", "app_stocks_by_company", ["duns STRING", "country STRING", "count INTEGER"]]]
    error_message = "The mart has other columns."
  }

  assert {
    condition     = alltrue([for set in aws_quicksight_data_set.table : set.import_mode == "DIRECT_QUERY"])
    error_message = "Data is copied into QuickSight."
  }

  assert {
    condition     = aws_athena_workgroup.this.configuration[0].result_configuration[0].encryption_configuration[0].kms_key_arn == var.kms_key_arn && aws_athena_workgroup.this.configuration[0].enforce_workgroup_configuration
    error_message = "Answers are not encrypted by the key."
  }

  assert {
    condition = [
      for visual in aws_quicksight_analysis.companies.definition[0].sheets[0].visuals : visual.bar_chart_visual[0].title[0].format_text[0].plain_text
    ] == ["app_stocks_by_company: count by country", "Companies by operating status", "Companies by country", "Members received by family"]
    error_message = "The analysis shows something else."
  }
}
