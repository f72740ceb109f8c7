"""Who turns to whom, and who is listened to."""
