"""The `currency-bot` command line."""
