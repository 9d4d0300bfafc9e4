variable "project" {
  description = "The project of the jobs."
  type        = string
}

variable "name" {
  description = "What the names begin with."
  type        = string
}

variable "region" {
  description = "Where runs are executed."
  type        = string
}

variable "key" {
  description = "The key for images, functions and disks."
  type        = string
}

variable "image" {
  description = "The program's image, built from deploy/Dockerfile."
  type        = string
}

variable "places" {
  description = "Where uploads, lake and configuration are, by environment variable."
  type        = map(string)
}

variable "pipeline_email" {
  description = "The account of runs."
  type        = string
}

variable "trigger_email" {
  description = "The account of the function."
  type        = string
}

variable "build_email" {
  description = "The account that builds the function."
  type        = string
}

variable "configuration_bucket" {
  description = "Where the function's source and Spark's entry point are stored."
  type        = string
}

variable "topic" {
  description = "Where uploads are announced."
  type        = string
}

variable "subscription" {
  description = "What a listener listens to; null with a function."
  type        = string
}

variable "subnetwork" {
  description = "Where Spark's machines are."
  type        = string
}

variable "consumer" {
  description = "What receives events: `function` starts the job, `listener` runs the pipeline itself."
  type        = string
  default     = "function"

  validation {
    condition     = contains(["function", "listener"], var.consumer)
    error_message = "The consumer is function or listener."
  }
}

variable "job" {
  description = "What the function starts: `run`, a container on Cloud Run, or `dataproc`, a serverless batch."
  type        = string
  default     = "run"

  validation {
    condition     = contains(["run", "dataproc"], var.job)
    error_message = "The job is run or dataproc."
  }
}

variable "function_source" {
  description = "The function's source as a .zip; needed with a function."
  type        = string
  default     = null
}

variable "run_seconds" {
  description = "After how long a run is ended."
  type        = number
  default     = 21600
}

variable "cpu" {
  description = "Processors of a container."
  type        = string
  default     = "4"
}

variable "memory" {
  description = "Memory of a container; its file system is a part of it."
  type        = string
  default     = "16Gi"
}

variable "machine_type" {
  description = "The machines of a cluster."
  type        = string
  default     = "n2-standard-8"
}

variable "workers" {
  description = "How many of them are workers."
  type        = number
  default     = 2
}
