"""Staging: what was read on its way to the engine."""
