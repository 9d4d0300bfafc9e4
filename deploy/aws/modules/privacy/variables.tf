variable "name" {
  description = "How the names of all resources begin."
  type        = string
}

variable "buckets" {
  description = "The names of the buckets to look into."
  type        = list(string)
}

variable "topic" {
  description = "The topic that is told."
  type        = string
}

variable "sampling_percentage" {
  description = "Which part of the objects is looked into: Macie bills by the gigabyte."
  type        = number
  default     = 10
}

variable "severities" {
  description = "Findings that are told; names and addresses of officers, which deliveries hold, are of low severity."
  type        = list(string)
  default     = ["Medium", "High"]
}
