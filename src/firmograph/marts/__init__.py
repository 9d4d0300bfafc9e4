"""Marts that come with the package, one SQL file each."""
