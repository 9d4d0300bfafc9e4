"""Drift: what documents hold and no contract names, and the other way round."""
