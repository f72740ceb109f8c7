"""Collect: the outside world becomes posts, customers and events."""
