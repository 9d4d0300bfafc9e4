output "alarms" {
  description = "The alert policies by what they watch."
  value = merge(
    { for name, policy in google_monitoring_alert_policy.counted : name => policy.name },
    {
      silence = google_monitoring_alert_policy.silence.name
      dead    = google_monitoring_alert_policy.dead.name
    },
  )
}
