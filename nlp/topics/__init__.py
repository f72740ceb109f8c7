"""What posts are about, found in their embeddings."""
