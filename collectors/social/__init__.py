"""Sources where people talk: networks, forums, comments."""
