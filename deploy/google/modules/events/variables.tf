variable "project" {
  description = "The project of topics and subscriptions."
  type        = string
}

variable "project_number" {
  description = "Its number, which is in the name of Pub/Sub's own account."
  type        = string
}

variable "name" {
  description = "What the names begin with."
  type        = string
}

variable "region" {
  description = "Where messages are stored."
  type        = string
}

variable "bucket" {
  description = "The bucket that is uploaded to."
  type        = string
}

variable "prefix" {
  description = "Where in it uploads are; what runs move elsewhere makes no message."
  type        = string
  default     = "uploads/"
}

variable "key" {
  description = "The key for messages."
  type        = string
}

variable "listener" {
  description = "Whether a listener pulls the messages; otherwise a function receives them."
  type        = bool
}

variable "pipeline_email" {
  description = "The account of runs, which the listener has too."
  type        = string
}

variable "attempts" {
  description = "How often a message is delivered before it is a dead letter."
  type        = number
  default     = 20
}

variable "look_at" {
  description = "When a run looks without an event, as in cron, UTC; more often than once a day, or the alarm for a day without a run is raised in between."
  type        = string
  default     = "15 3,15 * * *"
}
