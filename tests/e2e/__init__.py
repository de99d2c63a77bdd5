"""The whole story: the real bot, the real base model, the real training process, as somebody uses them."""
