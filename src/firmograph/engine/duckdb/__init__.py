"""The embedded engine: DuckDB and Delta Lake in this process."""
