"""The bot, through real HTTP against the sandbox; TensorFlow stays out."""
