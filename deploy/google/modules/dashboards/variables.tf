variable "project" {
  description = "The project of the dataset."
  type        = string
}

variable "name" {
  description = "What the names begin with."
  type        = string
}

variable "dataset" {
  description = "The dataset that Looker reads."
  type        = string
}

variable "looker_service_agent" {
  description = "The account of a Looker (Google Cloud core) instance, if there is one."
  type        = string
  default     = null
}
