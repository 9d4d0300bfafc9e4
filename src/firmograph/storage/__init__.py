"""Storage: where files are kept, and the few things that are done with them."""
