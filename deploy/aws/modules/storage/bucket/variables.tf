variable "name" {
  description = "The bucket's name."
  type        = string
}

variable "kms_key_arn" {
  description = "The key that encrypts every object."
  type        = string
}

variable "statements" {
  description = "Further statements of the bucket's policy."
  type        = any
  default     = []
}

variable "aging" {
  description = "By prefix: after how many days current and old versions go to Glacier, and current ones are deleted."
  type = map(object({
    current_after_days      = optional(number)
    old_versions_after_days = optional(number)
    deleted_after_days      = optional(number)
  }))
  default = {}
}

variable "old_versions_kept_days" {
  description = "For how many days replaced and deleted versions are kept."
  type        = number
}

variable "object_lock_days" {
  description = "For how many days no version can be deleted; 0 for no such lock."
  type        = number
  default     = 0
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the objects, too."
  type        = bool
  default     = false
}
