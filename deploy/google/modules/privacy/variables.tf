variable "project" {
  description = "The project that is inspected."
  type        = string
}

variable "project_number" {
  description = "Its number, which is in the name of the service's own account."
  type        = string
}

variable "name" {
  description = "What the names begin with."
  type        = string
}

variable "region" {
  description = "Where documents are inspected and findings stored."
  type        = string
}

variable "key" {
  description = "The key for findings."
  type        = string
}

variable "bucket" {
  description = "The bucket with the documents as received."
  type        = string
}
