variable "name" {
  description = "How the names of all resources begin."
  type        = string
}

variable "job" {
  description = "What a run is: glue, emr-serverless (both Spark) or ecs (one container)."
  type        = string
  default     = "glue"

  validation {
    condition     = contains(["glue", "emr-serverless", "ecs"], var.job)
    error_message = "The job is glue, emr-serverless or ecs."
  }
}

variable "consumer" {
  description = "What empties the queue: function (starts the job) or listener (a container that waits and runs itself)."
  type        = string
  default     = "function"

  validation {
    condition     = contains(["function", "listener"], var.consumer)
    error_message = "The consumer is function or listener."
  }
}

variable "pipeline_role" {
  description = "The role of runs."
  type        = object({ name = string, arn = string })
}

variable "data_key_arn" {
  description = "The key of buckets and images."
  type        = string
}

variable "operations_key_arn" {
  description = "The key of queues and logs."
  type        = string
}

variable "queue" {
  description = "The queue of uploads."
  type        = object({ url = string, arn = string, name = string })
}

variable "dead_letters" {
  description = "The queue of dead letters."
  type        = object({ url = string, arn = string, name = string })
}

variable "log_groups" {
  description = "The log groups output, error and function."
  type        = map(object({ name = string, arn = string }))
}

variable "environment" {
  description = "Settings of a run as environment variables."
  type        = map(string)
}

variable "root" {
  description = "The root folder: the url of settings, contracts, marts and dashboards."
  type        = string
}

variable "script" {
  description = "The url of the job's script."
  type        = string
}

variable "wheel" {
  description = "The url of firmograph's wheel, for Glue."
  type        = string
}

variable "function_package" {
  description = "Where the function's archive is, and its SHA-256 in base64; needed for a function."
  type        = object({ bucket = string, key = string, sha256 = string })
  default     = null
}

variable "network" {
  description = "Private subnets, with a way to S3 and the other services, and security groups. Needed for containers."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null

  validation {
    condition     = var.network != null || (var.job != "ecs" && var.consumer != "listener")
    error_message = "Containers need subnets and security groups: set network."
  }
}

variable "quiet_seconds" {
  description = "For how long the function collects messages before it starts a run."
  type        = number
  default     = 120

  validation {
    condition     = var.quiet_seconds >= 1 && var.quiet_seconds <= 300
    error_message = "Lambda collects messages for 1 to 300 seconds."
  }
}

variable "nightly" {
  description = "When runs start without an event, in UTC; more often than once a day, or the alarm for a day without a run is raised in between."
  type        = string
  default     = "cron(17 2,14 * * ? *)"
}

variable "job_minutes" {
  description = "The longest time a run may take."
  type        = number
  default     = 480
}

variable "glue_worker_type" {
  description = "The size of Glue's workers."
  type        = string
  default     = "G.1X"
}

variable "glue_workers" {
  description = "How many workers Glue uses, the driver included."
  type        = number
  default     = 2
}

variable "emr_release" {
  description = "EMR's release; one with Spark 4."
  type        = string
  default     = "emr-spark-8.0.0"
}

variable "emr_image" {
  description = "An image of EMR Serverless in which firmograph is installed."
  type        = string
  default     = null
}

variable "emr_maximum_cpus" {
  description = "How many processors all runs may use at once."
  type        = number
  default     = 32
}

variable "image_tag" {
  description = "The tag of the image in the repository that this module makes."
  type        = string
  default     = "1"
}

variable "task_cpu" {
  description = "Processor units of a container: 1024 are one processor."
  type        = number
  default     = 2048
}

variable "task_memory" {
  description = "Memory of a container, in MiB."
  type        = number
  default     = 8192
}

variable "task_disk_gib" {
  description = "Disk of a container: what does not fit into memory is spilled there."
  type        = number
  default     = 50
}
