variable "name" {
  description = "How the names of all resources begin."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of log groups and topic."
  type        = string
}

variable "email" {
  description = "Who is told; the address must confirm once."
  type        = string
}

variable "lake" {
  description = "The lake's url, by which its metrics are known."
  type        = string
}

variable "queue" {
  description = "The name of the queue of uploads."
  type        = string
}

variable "dead_letters" {
  description = "The name of the queue of dead letters."
  type        = string
}

variable "consumer" {
  description = "What empties the queue: function or listener."
  type        = string
}

variable "function" {
  description = "The name of the function that starts runs, if there is one."
  type        = string
  default     = null
}

variable "failure_pattern" {
  description = "The pattern of the events by which a service says that a job died."
  type        = string
}

variable "stale_days" {
  description = "From how many days without a newer delivery on the lake is stale."
  type        = number
  default     = 40
}

variable "waiting_hours" {
  description = "For how many hours a message may wait."
  type        = number
  default     = 6
}

variable "log_days" {
  description = "For how many days logs are kept."
  type        = number
  default     = 365
}
