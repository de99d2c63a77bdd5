"""What everybody may ask: /start /help /about /stats /privacy /forget."""
