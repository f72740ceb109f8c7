"""Text queries: what people type, what it means for a text, why a text is met or missed, which brand it names."""
