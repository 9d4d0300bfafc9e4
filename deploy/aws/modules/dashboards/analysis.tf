locals {
  # Bars: how many distinct values of a column (`counted`), or the sum of one (`summed`), for each category.
  bars = {
    companies-by-country = { title = "Companies by country", table = "dw_company_data", by = "primary_address_country", counted = "duns", summed = null }
    companies-by-status  = { title = "Companies by operating status", table = "dw_company_data", by = "operating_status", counted = "duns", summed = null }
    listings-by-country  = { title = "Stock listings by country", table = "app_stocks_by_company", by = "country", counted = null, summed = "count" }
    families-by-size     = { title = "Members received by family", table = "dw_family_tree", by = "global_duns", counted = null, summed = "members_received" }
  }
}

resource "aws_quicksight_analysis" "companies" {
  analysis_id = "${var.name}-companies"
  name        = "Companies and families"

  definition {
    dynamic "data_set_identifiers_declarations" {
      for_each = toset([for bar in local.bars : bar.table])

      content {
        identifier   = data_set_identifiers_declarations.value
        data_set_arn = aws_quicksight_data_set.table[data_set_identifiers_declarations.value].arn
      }
    }

    sheets {
      sheet_id = "companies"
      name     = "Companies"

      dynamic "visuals" {
        for_each = local.bars

        content {
          bar_chart_visual {
            visual_id = visuals.key

            title {
              visibility = "VISIBLE"

              format_text {
                plain_text = visuals.value.title
              }
            }

            chart_configuration {
              orientation = "HORIZONTAL"

              field_wells {
                bar_chart_aggregated_field_wells {
                  category {
                    categorical_dimension_field {
                      field_id = "${visuals.key}-by"

                      column {
                        data_set_identifier = visuals.value.table
                        column_name         = visuals.value.by
                      }
                    }
                  }

                  values {
                    dynamic "categorical_measure_field" {
                      for_each = visuals.value.counted[*]

                      content {
                        field_id             = "${visuals.key}-value"
                        aggregation_function = "DISTINCT_COUNT"

                        column {
                          data_set_identifier = visuals.value.table
                          column_name         = categorical_measure_field.value
                        }
                      }
                    }

                    dynamic "numerical_measure_field" {
                      for_each = visuals.value.summed[*]

                      content {
                        field_id = "${visuals.key}-value"

                        aggregation_function {
                          simple_numerical_aggregation = "SUM"
                        }

                        column {
                          data_set_identifier = visuals.value.table
                          column_name         = numerical_measure_field.value
                        }
                      }
                    }
                  }
                }
              }

              sort_configuration {
                category_items_limit {
                  items_limit      = 20
                  other_categories = "INCLUDE"
                }

                category_sort {
                  field_sort {
                    field_id  = "${visuals.key}-value"
                    direction = "DESC"
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  permissions {
    principal = var.owner
    actions = [
      "quicksight:DescribeAnalysis", "quicksight:DescribeAnalysisPermissions", "quicksight:QueryAnalysis",
      "quicksight:UpdateAnalysis", "quicksight:DeleteAnalysis", "quicksight:RestoreAnalysis",
      "quicksight:UpdateAnalysisPermissions",
    ]
  }
}
