"""Alembic migrations of the database; `bot.store` runs them when it opens it."""
