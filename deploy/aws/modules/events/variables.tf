variable "name" {
  description = "How the names of all resources begin."
  type        = string
}

variable "bucket" {
  description = "The bucket whose uploads start runs."
  type        = string
}

variable "prefix" {
  description = "Where the uploads are in the bucket."
  type        = string
  default     = "uploads/"
}

variable "kms_key_arn" {
  description = "The key of the queues."
  type        = string
}

variable "visibility_seconds" {
  description = "For how long a message that was received stays hidden. At least six times the function's timeout and its batching window."
  type        = number
  default     = 900
}

variable "max_receives" {
  description = "After how many receptions a message is a dead letter. While runs are busy messages come back, so many are no fault: 50 in steps of 15 minutes are half a day."
  type        = number
  default     = 50
}
