# The input bucket (uploads and what becomes of them), the lake's bucket, and a copy of each in a second region.

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id

  # Bucket names are global; the account makes them unique.
  names = { for bucket in ["input", "lake"] : bucket => "${var.name}-${bucket}-${local.account}" }

  aging = {
    # Files whose every document is in ODS: nothing reads them again.
    input = { "processed/" = { current_after_days = var.processed_to_glacier_days } }

    # The lake itself must be readable at once, raw documents included: a rebuild reads them all. Only
    # versions that a vacuum deleted or a compaction replaced go to Glacier.
    lake = {
      "lake/ods/" = { old_versions_after_days = var.old_raw_to_glacier_days }
      "athena/"   = { deleted_after_days = 7 } # answers to queries
    }
  }

  kept_days = {
    input = var.old_uploads_kept_days
    lake  = var.old_lake_versions_kept_days
  }
}

module "bucket" {
  source   = "./bucket"
  for_each = local.names

  name                   = each.value
  kms_key_arn            = var.kms_key_arn
  aging                  = local.aging[each.key]
  old_versions_kept_days = local.kept_days[each.key]
  force_destroy          = var.force_destroy
}

module "replica" {
  source    = "./bucket"
  for_each  = local.names
  providers = { aws = aws.replica }

  name                   = "${each.value}-replica"
  kms_key_arn            = var.replica_kms_key_arn
  aging                  = local.aging[each.key]
  old_versions_kept_days = max(local.kept_days[each.key], var.replica_lock_days)
  object_lock_days       = var.replica_lock_days # runs never write there; in the lake a lock would keep leases for years
  force_destroy          = var.force_destroy
}

resource "aws_glue_catalog_database" "lake" {
  name        = replace(var.name, "-", "_")
  description = "The lake's tables, which `firmograph catalog` registers."
}
