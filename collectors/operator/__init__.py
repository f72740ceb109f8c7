"""What the operator itself has in files: posts, customers, events."""
