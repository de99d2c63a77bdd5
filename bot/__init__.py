"""The Telegram bot: handlers, storage, settings, the command line and the sandbox."""
