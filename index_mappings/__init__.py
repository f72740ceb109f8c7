"""The stored shape: one versioned index template per kind of document, read as data."""
