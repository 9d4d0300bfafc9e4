variable "project" {
  description = "The project of the buckets; their names begin with it, since they are unique in the world."
  type        = string
}

variable "name" {
  description = "The second part of the buckets' names."
  type        = string
}

variable "region" {
  description = "Where uploads and lake are."
  type        = string
}

variable "second_region" {
  description = "Where their copies are."
  type        = string
}

variable "key" {
  description = "The key for the buckets of the first region."
  type        = string
}

variable "second_key" {
  description = "The key for the copies, in the second region."
  type        = string
}

variable "pipeline_email" {
  description = "The account of runs."
  type        = string
}

variable "pipeline_role" {
  description = "What runs may do with objects."
  type        = string
}

variable "readers" {
  description = "Who reads the lake's files, such as `group:analysts@example.com`."
  type        = list(string)
}

variable "days_noncurrent" {
  description = "How long what was deleted or replaced can be brought back."
  type        = number
  default     = 30
}

variable "days_until_archive" {
  description = "After how many days a processed file moves to the archive storage class."
  type        = number
  default     = 90
}
