# Five values have no default; terraform.tfvars.example shows them.

variable "project" {
  description = "The project of uploads, lake and runs."
  type        = string
}

variable "key_project" {
  description = "The project of the keys, which other people administer."
  type        = string
}

variable "region" {
  description = "Where uploads, lake and runs are, such as `europe-west6`."
  type        = string
}

variable "second_region" {
  description = "Where the copies are, such as `europe-west4`."
  type        = string
}

variable "email" {
  description = "Who gets the alarms."
  type        = string
}

variable "name" {
  description = "What the names of all things begin with."
  type        = string
  default     = "firmograph"
}

variable "image_tag" {
  description = "The tag of the image in the repository that this root creates."
  type        = string
  default     = "1"
}

variable "consumer" {
  description = "What receives events: `function` starts a job, `listener` runs the pipeline itself."
  type        = string
  default     = "function"
}

variable "job" {
  description = "What the function starts: `run`, a container on Cloud Run, or `dataproc`, a serverless batch."
  type        = string
  default     = "run"
}

variable "function_source" {
  description = "The function's source as a .zip."
  type        = string
  default     = "function.zip"
}


variable "lake_is_there" {
  description = "Whether a run has created the lake, so that its tables can be registered with BigQuery."
  type        = bool
  default     = false
}

variable "readers" {
  description = "Who reads the lake and its tables, such as `group:analysts@example.com`."
  type        = list(string)
  default     = []
}

variable "operators" {
  description = "Who sees logs, metrics and messages, and starts runs."
  type        = list(string)
  default     = []
}

variable "billing_account" {
  description = "The account whose bill a budget watches; without it there is no budget."
  type        = string
  default     = null
}
