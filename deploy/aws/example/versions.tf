terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
  }
}

# A state holds names and policies, no documents. Keep it where several people reach it:
# backend "s3" { bucket = "…", key = "firmograph", region = "…", use_lockfile = true }

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "replica"
  region = var.replica_region

  default_tags {
    tags = local.tags
  }
}

# The keys' account: another one if you name a role there that may make keys.
provider "aws" {
  alias  = "keys"
  region = var.region

  dynamic "assume_role" {
    for_each = var.keys_role[*]

    content {
      role_arn = assume_role.value
    }
  }

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "replica_keys"
  region = var.replica_region

  dynamic "assume_role" {
    for_each = var.keys_role[*]

    content {
      role_arn = assume_role.value
    }
  }

  default_tags {
    tags = local.tags
  }
}
