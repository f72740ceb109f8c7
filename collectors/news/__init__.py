"""Sources of news and blogs: feeds, and the index of the GDELT Project."""
