output "ids" {
  description = "The key for each name, once its users may use it."
  value       = { for name, key in google_kms_crypto_key.key : name => key.id }
  depends_on  = [google_kms_crypto_key_iam_binding.users]
}
