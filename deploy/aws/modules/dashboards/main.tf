# QuickSight on the lake's tables, through Athena. The .json are generated from the contracts and marts.

locals {
  tables = jsondecode(file("${path.module}/data_sets.json"))
  shown  = { for table in var.tables : table => local.tables[table] }
}

resource "aws_athena_workgroup" "this" {
  name = var.name

  configuration {
    enforce_workgroup_configuration = true

    result_configuration {
      output_location = "s3://${var.answers_bucket}/athena/"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.kms_key_arn
      }
    }
  }
}

resource "aws_quicksight_data_source" "lake" {
  data_source_id = var.name
  name           = "${var.name}: lake"
  type           = "ATHENA"

  parameters {
    athena {
      work_group = aws_athena_workgroup.this.name
    }
  }

  ssl_properties {
    disable_ssl = false
  }

  permission {
    principal = var.owner
    actions = [
      "quicksight:DescribeDataSource", "quicksight:DescribeDataSourcePermissions", "quicksight:PassDataSource",
      "quicksight:UpdateDataSource", "quicksight:DeleteDataSource", "quicksight:UpdateDataSourcePermissions",
    ]
  }
}

resource "aws_quicksight_data_set" "table" {
  for_each = local.shown

  data_set_id = "${var.name}-${replace(each.key, "_", "-")}"
  name        = each.key
  import_mode = "DIRECT_QUERY" # always the published rows, and no copy of them elsewhere

  physical_table_map {
    physical_table_map_id = replace(each.key, "_", "-")

    relational_table {
      data_source_arn = aws_quicksight_data_source.lake.arn
      catalog         = "AwsDataCatalog"
      schema          = var.database
      name            = each.key

      dynamic "input_columns" {
        for_each = each.value

        content {
          name = input_columns.value.name
          type = input_columns.value.type
        }
      }
    }
  }

  permissions {
    principal = var.owner
    actions = [
      "quicksight:DescribeDataSet", "quicksight:DescribeDataSetPermissions", "quicksight:PassDataSet",
      "quicksight:DescribeIngestion", "quicksight:ListIngestions", "quicksight:UpdateDataSet",
      "quicksight:DeleteDataSet", "quicksight:CreateIngestion", "quicksight:CancelIngestion",
      "quicksight:UpdateDataSetPermissions",
    ]
  }
}
