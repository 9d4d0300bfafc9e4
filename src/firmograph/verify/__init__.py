"""Verify: proves a snapshot independently of the pipeline."""
