"""What Cloud Functions looks for: a module `main` with the function."""

from firmograph.cloud.google.function import handle

__all__ = ["handle"]
