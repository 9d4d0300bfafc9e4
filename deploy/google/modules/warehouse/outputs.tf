output "dataset" {
  description = "The dataset of the tables."
  value       = google_bigquery_dataset.lake.dataset_id
}

output "connection" {
  description = "As what BigQuery reads the lake; `firmograph catalog` names it in its statements."
  value       = google_bigquery_connection.lake.name
}
