"""The demonstration: a fictional operator and a fortnight of what people said about it."""
