output "queue" {
  description = "URL, ARN and name of the queue."
  value       = { url = aws_sqs_queue.uploads.url, arn = aws_sqs_queue.uploads.arn, name = aws_sqs_queue.uploads.name }
}

output "dead_letters" {
  description = "URL, ARN and name of the queue of dead letters."
  value       = { url = aws_sqs_queue.dead_letters.url, arn = aws_sqs_queue.dead_letters.arn, name = aws_sqs_queue.dead_letters.name }
}
