"""Queries: typed answers about a published snapshot."""
