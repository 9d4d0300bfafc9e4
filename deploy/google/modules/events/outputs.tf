output "topic" {
  description = "Where uploads are announced."
  value       = google_pubsub_topic.uploads.id
}

output "subscription" {
  description = "What a listener listens to; null with a function."
  value       = one(google_pubsub_subscription.runs[*].id)
}

output "dead_topic" {
  description = "The topic of dead letters."
  value       = google_pubsub_topic.dead.id
}

output "dead_subscription" {
  description = "The subscription that holds dead letters."
  value       = google_pubsub_subscription.dead.name
}
