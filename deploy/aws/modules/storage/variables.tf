variable "name" {
  description = "How the names of all resources begin."
  type        = string
}

variable "kms_key_arn" {
  description = "The key of the buckets in this region."
  type        = string
}

variable "replica_kms_key_arn" {
  description = "The key of the copies in the second region."
  type        = string
}

variable "settings" {
  description = "Further lines of firmograph.toml, without sections."
  type        = string
  default     = ""
}

variable "files" {
  description = "Files of this machine that go under code/, by their name there."
  type        = map(string)
  default     = {}
}

variable "processed_to_glacier_days" {
  description = "After how many days ingested files go to Glacier. Those under 128 KB stay: moving them would cost more."
  type        = number
  default     = 90
}

variable "old_raw_to_glacier_days" {
  description = "After how many days replaced and deleted versions of raw documents go to Glacier."
  type        = number
  default     = 30
}

variable "old_uploads_kept_days" {
  description = "For how many days the input bucket keeps replaced and deleted versions."
  type        = number
  default     = 30
}

variable "old_lake_versions_kept_days" {
  description = "For how many days the lake's bucket keeps replaced and deleted versions; Glacier bills at least 90 days more than `old_raw_to_glacier_days`."
  type        = number
  default     = 180
}

variable "replica_lock_days" {
  description = "For how many days nobody can delete a version of the copies (Object Lock); 0 for no lock. Cannot be turned on later."
  type        = number
  default     = 0
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the objects, too: for trials alone."
  type        = bool
  default     = false
}
