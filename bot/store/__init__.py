"""The database: predictions, labels, classes, people, training runs. The only package that speaks SQL.

SQLite by default; nothing but `database._prepare_sqlite` is particular to it. Rows come out as the
frozen dataclasses of `rows`, which know nothing of SQL.
"""
