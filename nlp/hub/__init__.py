"""Models of one's own or of the model hub, and whether those at work are whole."""
