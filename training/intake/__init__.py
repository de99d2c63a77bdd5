"""What is looked at before pictures are taken in: copies, leaks, damage, quality."""
