"""The way in for those who push: an HTTP server that keeps what came and answers."""
