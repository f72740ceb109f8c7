"""The weekly report: the figures of one ISO week and what they say."""
