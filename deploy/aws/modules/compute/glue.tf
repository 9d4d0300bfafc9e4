resource "aws_glue_security_configuration" "this" {
  # checkov:skip=CKV_AWS_99: the log groups are encrypted by the key of operations themselves, see below
  count = local.has_glue ? 1 : 0
  name  = var.name

  encryption_configuration {
    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.data_key_arn
    }

    # With a key here Glue writes to log groups of names of its own, where no filter and no alarm looks.
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "DISABLED"
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.data_key_arn
    }
  }
}

resource "aws_glue_job" "run" {
  count = local.has_glue ? 1 : 0

  name                   = var.name
  role_arn               = var.pipeline_role.arn
  glue_version           = "6.0" # Spark 4.1, Python 3.13; older ones have Spark 3.5, which is refused
  worker_type            = var.glue_worker_type
  number_of_workers      = var.glue_workers
  max_retries            = 0
  timeout                = var.job_minutes
  security_configuration = aws_glue_security_configuration.this[0].name

  command {
    name            = "glueetl"
    script_location = var.script
  }

  default_arguments = {
    "--additional-python-modules" = "${var.wheel},pandas<3,sqlglot>=30"
    "--root"                      = var.root
    "--custom-logGroup-prefix"    = trimsuffix(var.log_groups["output"].name, "/output")
  }

  # One runs, one waits for its lease.
  execution_property {
    max_concurrent_runs = 2
  }
}
