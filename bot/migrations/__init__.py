"""Alembic migrations of the database; `bot.store.database` runs them when it opens it."""
