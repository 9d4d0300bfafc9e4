"""From an event to a run: listening to queues, starting jobs, and the entry points of platforms."""
