"""Between the bot and the Bot API: what is waited for, repeated and kept in order."""
