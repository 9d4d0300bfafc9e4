variable "project" {
  description = "The project of logs and metrics."
  type        = string
}

variable "name" {
  description = "What the names of metrics and policies begin with."
  type        = string
}

variable "region" {
  description = "Where log lines are stored."
  type        = string
}

variable "key" {
  description = "The key for log lines."
  type        = string
}

variable "resource_type" {
  description = "The resource type whose log lines become metrics, such as `cloud_run_job`."
  type        = string
}

variable "dead_subscription" {
  description = "The subscription that holds dead letters."
  type        = string
}

variable "has_function" {
  description = "Whether a function starts runs; a listener runs by itself."
  type        = bool
}

variable "function" {
  description = "The function's name; null with a listener."
  type        = string
}

variable "email" {
  description = "Who gets the alarms."
  type        = string
}

variable "stale_days" {
  description = "How old the newest document may be."
  type        = number
  default     = 7
}

variable "log_days" {
  description = "How long log lines are kept."
  type        = number
  default     = 400
}
