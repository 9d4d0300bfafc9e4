output "inspect_template" {
  description = "What is looked for."
  value       = google_data_loss_prevention_inspect_template.personal.id
}

output "deidentify_template" {
  description = "How it is masked."
  value       = google_data_loss_prevention_deidentify_template.masked.id
}
