"""Publish: ODS -> DW -> APP, a function of (ODS, contract) and nothing else."""
