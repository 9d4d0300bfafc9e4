# BigQuery reads the lake's Delta tables where they are; nothing is copied.

locals {
  dataset = replace(var.name, "-", "_")
  tables  = jsondecode(file("${path.module}/tables.json")) # of `make docs`: the zone of each table
}

resource "google_bigquery_dataset" "lake" {
  project                    = var.project
  location                   = var.region
  dataset_id                 = local.dataset
  description                = "The tables and marts of the lake, read from the bucket"
  delete_contents_on_destroy = false

  default_encryption_configuration {
    kms_key_name = var.key
  }
}

# BigQuery reads the bucket as this connection; readers need no right on the bucket.
resource "google_bigquery_connection" "lake" {
  project       = var.project
  location      = var.region
  connection_id = "${var.name}-lake"

  cloud_resource {}
}

resource "google_storage_bucket_iam_member" "lake" {
  bucket = var.bucket
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_bigquery_connection.lake.cloud_resource[0].service_account_id}"
}

# A table can be made once its log is there, that is after the first run.
resource "google_bigquery_table" "delta" {
  #checkov:skip=CKV_GCP_80:the files are the bucket's and encrypted there; the dataset has a key, too
  #checkov:skip=CKV_GCP_121:it is a name for files of the bucket; deleting it deletes no data
  for_each = var.lake_is_there ? local.tables : {}

  project             = var.project
  dataset_id          = google_bigquery_dataset.lake.dataset_id
  table_id            = each.key
  deletion_protection = false

  external_data_configuration {
    source_format = "DELTA_LAKE"
    source_uris   = ["${var.lake}/${each.value}/${each.key}"]
    connection_id = google_bigquery_connection.lake.name
    autodetect    = true
  }

  depends_on = [google_storage_bucket_iam_member.lake]
}

resource "google_bigquery_dataset_iam_member" "readers" {
  for_each = toset(var.readers)

  project    = var.project
  dataset_id = google_bigquery_dataset.lake.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value
}
