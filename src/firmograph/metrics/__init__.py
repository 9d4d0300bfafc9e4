"""What monitoring is told about each run: one measurement, in the form of the setting `metrics`."""
