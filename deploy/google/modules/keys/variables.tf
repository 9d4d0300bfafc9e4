variable "project" {
  description = "The project of the keys."
  type        = string
}

variable "name" {
  description = "The name of the key ring."
  type        = string
}

variable "location" {
  description = "The region of the ring; a key encrypts what is in the same region."
  type        = string
}

variable "users" {
  description = "A key for each name, and the service agents that encrypt and decrypt with it."
  type        = map(list(string))
}

variable "rotation_period" {
  description = "After how many seconds a key gets a new version; old versions go on decrypting."
  type        = string
  default     = "7776000s"
}

variable "record_use" {
  description = "Whether each use of a key is recorded; one ring of a project says so for all."
  type        = bool
  default     = true
}
