output "looker_email" {
  description = "The account that a connection in Looker names."
  value       = google_service_account.looker.email
}
