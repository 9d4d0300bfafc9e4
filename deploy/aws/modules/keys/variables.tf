variable "name" {
  description = "How the names of all resources begin."
  type        = string
}

variable "account_id" {
  description = "The account that uses the keys; the keys belong to the provider's account."
  type        = string
}

variable "purposes" {
  description = "Keys to make: data (buckets, warehouse) and operations (queues, topics, logs, trail)."
  type        = set(string)
  default     = ["data", "operations"]

  validation {
    condition     = alltrue([for purpose in var.purposes : contains(["data", "operations"], purpose)])
    error_message = "A purpose is data or operations."
  }
}

variable "macie_reads" {
  description = "Whether Macie may decrypt what the data key encrypted, to look for personal data."
  type        = bool
  default     = false
}
