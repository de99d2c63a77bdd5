"""/classes: what waits for a class, and how one is opened."""
