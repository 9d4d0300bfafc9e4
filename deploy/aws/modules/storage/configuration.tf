# The root folder of runs: the settings, and beside them contracts/, marts/ and dashboards/ of your own.

locals {
  input = "s3://${module.bucket["input"].name}"
  lake  = "s3://${module.bucket["lake"].name}/lake"

  configuration = "s3://${module.bucket["lake"].name}/configuration"
}

resource "aws_s3_object" "settings" {
  bucket     = module.bucket["lake"].name
  key        = "configuration/firmograph.toml"
  kms_key_id = var.kms_key_arn

  content = <<-TOML
    # Written by Terraform; its variable `settings` adds to it.
    ${var.settings}
    log_format = "json"
    metrics = "emf"

    [paths]
    uploads = "${local.input}/uploads"
    processed = "${local.input}/processed"
    quarantined = "${local.input}/quarantined"
    lake = "${local.lake}"
  TOML
}

# What runs: firmograph's wheel, the function's archive.
resource "aws_s3_object" "code" {
  for_each = var.files

  bucket      = module.bucket["lake"].name
  key         = "code/${each.key}"
  kms_key_id  = var.kms_key_arn
  source      = each.value
  source_hash = filemd5(each.value)
}

# The script of Glue and of EMR Serverless.
resource "aws_s3_object" "job" {
  bucket     = module.bucket["lake"].name
  key        = "code/job.py"
  kms_key_id = var.kms_key_arn
  content    = file("${path.module}/job.py")
}
