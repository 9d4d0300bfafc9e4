variable "project" {
  description = "The project that all of it is in."
  type        = string
}

variable "name" {
  description = "What the names of accounts and roles begin with."
  type        = string
}

variable "region" {
  description = "Where the network is."
  type        = string
}

variable "address_range" {
  description = "Private addresses of Spark's machines."
  type        = string
  default     = "10.84.0.0/22"
}

variable "operators" {
  description = "Who sees logs, metrics and messages, and starts runs, such as `group:data@example.com`."
  type        = list(string)
  default     = []
}

variable "billing_account" {
  description = "The account whose bill the budget watches; without it there is no budget."
  type        = string
  default     = null
}

variable "monthly_budget" {
  description = "A mail is sent at 80 per cent of it, in the account's currency, and when it will be exceeded."
  type        = string
  default     = "100"
}
