"""Made-up uploads of any size."""
