"""Laboratory values: a stated panel, its units and ranges, one patient's table, and what stands in for missing ones."""
