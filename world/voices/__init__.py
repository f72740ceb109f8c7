"""Who speaks in the simulated country, when, where and in which words."""
