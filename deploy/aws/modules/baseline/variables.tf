variable "name" {
  description = "How the names of all resources begin."
  type        = string
}

variable "buckets" {
  description = "Name and ARN of the buckets `input` and `lake`."
  type        = map(object({ name = string, arn = string }))
}

variable "data_key_arn" {
  description = "The key of the buckets."
  type        = string
}

variable "operations_key_arn" {
  description = "The key of queues, logs and the trail."
  type        = string
}

variable "database" {
  description = "The lake's database in the Data Catalog."
  type        = string
}

variable "topic" {
  description = "The topic that is told of the budget."
  type        = string
}

variable "monthly_budget_usd" {
  description = "What a month may cost."
  type        = number
}

variable "services" {
  description = "The services that run as the pipeline."
  type        = list(string)
  default     = ["glue.amazonaws.com", "ecs-tasks.amazonaws.com", "emr-serverless.amazonaws.com"]
}

variable "people" {
  description = "ARNs of those who may become `readers` and `operators`; none for everybody in the account whom IAM allows it."
  type        = object({ readers = optional(list(string), []), operators = optional(list(string), []) })
  default     = {}
}

variable "trail_days" {
  description = "For how many days the trail is kept."
  type        = number
  default     = 365
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the trail, too: for trials alone."
  type        = bool
  default     = false
}
