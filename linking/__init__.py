"""Link: which customer a post belongs to, and which events it coincides with."""
