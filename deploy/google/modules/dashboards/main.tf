# Looker's account in BigQuery. `make docs` generates its model, the folder lookml, from contracts and
# marts. A Looker instance is not created here.

resource "google_service_account" "looker" {
  project      = var.project
  account_id   = "${var.name}-looker"
  display_name = "firmograph: Looker reads the tables"
}

resource "google_bigquery_dataset_iam_member" "looker" {
  project    = var.project
  dataset_id = var.dataset
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.looker.member
}

resource "google_project_iam_member" "looker" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.looker.member
}

# Looker impersonates this account, so no key file is needed.
resource "google_service_account_iam_member" "looker" {
  count = var.looker_service_agent == null ? 0 : 1

  service_account_id = google_service_account.looker.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:${var.looker_service_agent}"
}
