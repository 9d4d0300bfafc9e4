"""The browser UI: pages over one snapshot of a lake, for this machine's own browser."""
