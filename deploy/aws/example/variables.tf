# The five values.

variable "name" {
  description = "How the names of all resources begin: lower-case letters, digits and hyphens."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "A name has 3 to 20 lower-case letters, digits and hyphens, with a letter first and no hyphen last."
  }
}

variable "region" {
  description = "Where runs and data are."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region is written as in eu-central-1."
  }
}

variable "replica_region" {
  description = "Where copies of both buckets are, for the case that the first region fails."
  type        = string

  validation {
    condition     = var.replica_region != var.region && can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.replica_region))
    error_message = "The second region is another one, written as in eu-west-1."
  }
}

variable "alarm_email" {
  description = "Who is told of alarms; the address must confirm once."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", var.alarm_email))
    error_message = "An address is written as in ops@example.com."
  }
}

variable "monthly_budget_usd" {
  description = "What a month may cost, in US dollars; at 80% of it somebody is told."
  type        = number

  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "A budget is above 0."
  }
}

# What has a default.

variable "job" {
  description = "What a run is: glue, emr-serverless (both Spark) or ecs (one container)."
  type        = string
  default     = "glue"
}

variable "consumer" {
  description = "What empties the queue: function (starts the job) or listener (a container that waits and runs itself)."
  type        = string
  default     = "function"
}

variable "wheel" {
  description = "firmograph's wheel on this machine, for Glue."
  type        = string
  default     = "build/firmograph-0.1.0-py3-none-any.whl"

  validation {
    condition     = var.job != "glue" || var.consumer != "function" || fileexists(var.wheel)
    error_message = "There is no such wheel: build it as docs/aws.md says."
  }
}

variable "function_archive" {
  description = "The function's archive on this machine: firmograph without its dependencies."
  type        = string
  default     = "build/function.zip"

  validation {
    condition     = var.consumer != "function" || fileexists(var.function_archive)
    error_message = "There is no such archive: build it as docs/aws.md says."
  }
}

variable "quiet_seconds" {
  description = "For how long the function collects messages before it starts a run."
  type        = number
  default     = 120
}

variable "settings" {
  description = "Further lines of firmograph.toml, without sections."
  type        = string
  default     = ""
}

variable "network" {
  description = "Private subnets and security groups, for containers and the warehouse."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null
}

variable "keys_role" {
  description = "A role in the account of the keys, if that is another one."
  type        = string
  default     = null
}

variable "people" {
  description = "ARNs of those who may become `readers` and `operators`."
  type        = object({ readers = optional(list(string), []), operators = optional(list(string), []) })
  default     = {}
}

variable "replica_lock_days" {
  description = "For how many days nobody can delete a version of the copies; 0 for no lock. Cannot be turned on later."
  type        = number
  default     = 0

  validation {
    condition     = var.replica_lock_days >= 0 && floor(var.replica_lock_days) == var.replica_lock_days
    error_message = "Days are a whole number, or 0 for no lock."
  }
}

variable "privacy" {
  description = "Whether Macie looks for personal data; it bills by the gigabyte."
  type        = bool
  default     = false
}

variable "warehouse" {
  description = "Whether Redshift Serverless reads the lake; needs network."
  type        = bool
  default     = false

  validation {
    condition     = !var.warehouse || var.network != null
    error_message = "The warehouse needs subnets and security groups: set network."
  }
}

variable "quicksight_owner" {
  description = "The ARN of the QuickSight user or group that gets data sets and an analysis; null for none."
  type        = string
  default     = null
}

variable "trial" {
  description = "Whether `terraform destroy` deletes buckets that are not empty."
  type        = bool
  default     = false
}
