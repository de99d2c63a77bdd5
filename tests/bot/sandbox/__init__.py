"""The sandbox: a strict Bot API server and its page."""
