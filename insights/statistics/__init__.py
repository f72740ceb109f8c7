"""What may be said of a figure: intervals, and what chance alone would explain."""
