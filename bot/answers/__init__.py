"""A photo in, an answer out, and what people say of it."""
