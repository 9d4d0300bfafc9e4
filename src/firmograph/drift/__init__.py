"""Drift: what documents hold and no contract names, and the other way round."""

DEFAULT_SAMPLE = 1_000
"""Documents of each type that are looked at unless another number is asked for."""
