variable "name" {
  description = "How the names of all resources begin."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of the warehouse and of its administrator's password."
  type        = string
}

variable "database" {
  description = "The lake's database in the Data Catalog."
  type        = string
}

variable "read_policy" {
  description = "The policy that lets somebody read the lake and its catalogue."
  type        = string
}

variable "network" {
  description = "Private subnets in three zones, with a way to S3 and Glue, and security groups."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
}

variable "base_capacity" {
  description = "Redshift's processing units, in which it bills while queries run."
  type        = number
  default     = 8
}

variable "maximum_capacity" {
  description = "The most of them."
  type        = number
  default     = 16
}
