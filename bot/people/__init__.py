"""/people and /takeout: who sent what, and out with it."""
