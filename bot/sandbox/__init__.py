"""A small, strict Bot API server and a chat page, to run the real bot without a token or a network."""
