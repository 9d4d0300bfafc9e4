"""Ingest: uploads -> ODS, and the replay of documents from ODS."""
