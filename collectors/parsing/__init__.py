"""What strangers send becomes values: feeds, mails, markup, texts, times, numbers."""
