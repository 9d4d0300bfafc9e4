"""Contracts: what a document type is, declared in YAML."""
