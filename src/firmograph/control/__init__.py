"""CONTROL: what ran, what was published, what was refused and why."""
