"""Pictures, updates and taps that mean no good, and what has to become of them."""
