"""ODS: from uploads to documents kept as received, for ever, by one process or by many."""
