variable "name" {
  description = "How the names of all resources begin."
  type        = string
}

variable "database" {
  description = "The lake's database in the Data Catalog."
  type        = string
}

variable "answers_bucket" {
  description = "The bucket that holds Athena's answers, under athena/."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of these answers."
  type        = string
}

variable "owner" {
  description = "The ARN of the QuickSight user or group that owns the data sets and the analysis."
  type        = string
}

variable "tables" {
  description = "The tables that become data sets; the analysis needs dw_company_data, dw_family_tree and app_stocks_by_company."
  type        = set(string)
  default     = ["dw_company_data", "dw_family_tree", "dw_family_tree_members", "dw_stock_exchanges", "app_stocks_by_company"]
}
