variable "project" {
  description = "The project of the dataset."
  type        = string
}

variable "name" {
  description = "The name of the dataset."
  type        = string
}

variable "region" {
  description = "Where the lake is; BigQuery reads buckets of its own region."
  type        = string
}

variable "key" {
  description = "The key for what queries store."
  type        = string
}

variable "bucket" {
  description = "The bucket of the lake."
  type        = string
}

variable "lake" {
  description = "The lake's url."
  type        = string
}

variable "lake_is_there" {
  description = "Whether a run has created the lake, so that its tables can be registered."
  type        = bool
  default     = false
}

variable "readers" {
  description = "Who reads the tables, such as `group:analysts@example.com`."
  type        = list(string)
  default     = []
}
