terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }
  # The state tells what there is: keep it in a bucket of its own, versioned and shared.
  # backend "gcs" { bucket = "…" }
}

provider "google" {
  project = var.project
  region  = var.region

  default_labels = {
    application = var.name
  }
}
