# Spark's machines have private addresses: Google's APIs are reached inside Google's network.

resource "google_compute_network" "this" {
  project                 = var.project
  name                    = var.name
  auto_create_subnetworks = false

  depends_on = [google_project_service.used]
}

resource "google_compute_subnetwork" "this" {
  project                  = var.project
  name                     = var.name
  region                   = var.region
  network                  = google_compute_network.this.id
  ip_cidr_range            = var.address_range
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_15_MIN"
    flow_sampling        = 0.1
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

# Driver and executors of a batch talk to each other, and to nobody else.
resource "google_compute_firewall" "spark" {
  project       = var.project
  name          = "${var.name}-spark"
  network       = google_compute_network.this.id
  direction     = "INGRESS"
  source_ranges = [var.address_range]

  allow {
    protocol = "tcp"
    ports    = ["1024-65535"]
  }
}
