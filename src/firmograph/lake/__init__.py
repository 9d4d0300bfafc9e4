"""The lake: its tables, their files and their logs."""
