"""Verifying: proves a snapshot again, by another road than the pipeline's own code."""
