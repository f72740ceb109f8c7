"""What happened to one customer."""
