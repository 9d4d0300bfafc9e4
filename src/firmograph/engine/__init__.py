"""Engines: the verbs that layers and control need of a machine or a cluster."""
