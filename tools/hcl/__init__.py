"""Checks of Terraform modules without their provider: arguments, nesting, references."""
