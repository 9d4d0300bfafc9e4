"""The pipeline: what can be asked of a lake, each a run with one commit point."""
