"""Sources of conversations with the operator: tickets and chats."""
