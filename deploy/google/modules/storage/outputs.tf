output "names" {
  description = "The buckets by what they are for: input, lake, configuration, input-copy, lake-copy."
  value       = { for purpose, bucket in google_storage_bucket.this : purpose => bucket.name }
}

output "places" {
  description = "The program's places, by environment variable."
  value = {
    FIRMOGRAPH_ROOT        = "${google_storage_bucket.this["configuration"].url}/root"
    FIRMOGRAPH_UPLOADS     = "${google_storage_bucket.this["input"].url}/uploads"
    FIRMOGRAPH_PROCESSED   = "${google_storage_bucket.this["input"].url}/processed"
    FIRMOGRAPH_QUARANTINED = "${google_storage_bucket.this["input"].url}/quarantined"
    FIRMOGRAPH_LAKE        = "${google_storage_bucket.this["lake"].url}/lake"
  }
}
