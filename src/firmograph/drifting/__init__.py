"""Drift: how documents in ODS differ from what their contract names."""
