"""Performance counters of the network: files of them, and formulas that make measurements of cells of them."""
