resource "aws_emrserverless_application" "run" {
  count = local.has_emr ? 1 : 0

  name          = var.name
  type          = "spark"
  release_label = var.emr_release

  dynamic "image_configuration" {
    for_each = var.emr_image[*]

    content {
      image_uri = image_configuration.value
    }
  }

  dynamic "network_configuration" {
    for_each = var.network[*]

    content {
      subnet_ids         = network_configuration.value.subnet_ids
      security_group_ids = network_configuration.value.security_group_ids
    }
  }

  maximum_capacity {
    cpu    = "${var.emr_maximum_cpus} vCPU"
    memory = "${var.emr_maximum_cpus * 4} GB"
  }

  auto_start_configuration {
    enabled = true
  }

  auto_stop_configuration {
    enabled              = true
    idle_timeout_minutes = 15
  }
}
