# Five values have no default; terraform.tfvars.example shows them.

variable "project" {
  description = "The project of uploads, lake and runs."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project is named by its id, of 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "key_project" {
  description = "The project of the keys, which other people administer."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.key_project))
    error_message = "A project is named by its id, of 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Where uploads, lake and runs are, such as `europe-west6`."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+[0-9]+$", var.region))
    error_message = "A region is written as in europe-west6."
  }
}

variable "second_region" {
  description = "Where the copies are, such as `europe-west4`."
  type        = string

  validation {
    condition     = var.second_region != var.region && can(regex("^[a-z]+(-[a-z]+)+[0-9]+$", var.second_region))
    error_message = "The second region is another one, written as in europe-west4."
  }
}

variable "email" {
  description = "Who gets the alarms."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", var.email))
    error_message = "An address is written as in on-call@example.com."
  }
}

variable "name" {
  description = "What the names of all things begin with."
  type        = string
  default     = "firmograph"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,16}[a-z0-9]$", var.name))
    error_message = "A name has 2 to 18 lower-case letters, digits and hyphens, with a letter first and no hyphen last."
  }
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

  validation {
    condition     = var.consumer != "function" || fileexists(var.function_source)
    error_message = "There is no such archive: package it as docs/google.md says."
  }
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
