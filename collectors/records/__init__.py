"""Records out of files, one at a time, and posts out of records by a mapping."""
