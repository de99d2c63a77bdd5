"""The methods of the Bot API that the sandbox has; `table.py` lists them."""
