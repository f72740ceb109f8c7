"""The country of the simulated operator: towns, sites, cells, and who lives where."""
