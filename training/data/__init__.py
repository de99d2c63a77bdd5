"""The pictures: class folders, where they came from, which of them teach and which test."""
