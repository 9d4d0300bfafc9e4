"""The layers: ODS as received, DW as tables, APP as marts."""
