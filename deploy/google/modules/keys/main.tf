# Keys in a project of their own: who administers the data cannot administer its keys.

resource "google_project_service" "kms" {
  project            = var.project
  service            = "cloudkms.googleapis.com"
  disable_on_destroy = false
}

resource "google_kms_key_ring" "this" {
  project  = var.project
  name     = var.name
  location = var.location

  depends_on = [google_project_service.kms]
}

resource "google_kms_crypto_key" "key" {
  for_each = var.users

  name            = each.key
  key_ring        = google_kms_key_ring.this.id
  purpose         = "ENCRYPT_DECRYPT"
  rotation_period = var.rotation_period

  lifecycle {
    prevent_destroy = true # what a lost key has encrypted is lost
  }
}

resource "google_kms_crypto_key_iam_binding" "users" {
  for_each = var.users

  crypto_key_id = google_kms_crypto_key.key[each.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  members       = each.value
}

# Who used which key, and when.
resource "google_project_iam_audit_config" "kms" {
  count = var.record_use ? 1 : 0

  project = var.project
  service = "cloudkms.googleapis.com"

  audit_log_config {
    log_type = "DATA_READ"
  }
}
