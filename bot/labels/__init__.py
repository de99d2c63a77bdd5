"""What people said, as rows and as files: put, decided, moved, taken back, mended after a crash."""
