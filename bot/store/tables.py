"""The tables. Alembic compares its migrations with them."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# Ids are never used again (AUTOINCREMENT): the buttons of a forgotten prediction must not reach a new one.
_BIG = sa.BigInteger()
_ID = _BIG.with_variant(sa.Integer(), "sqlite")
_AT = sa.String(32)  # ISO 8601 in UTC

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=False),
    sa.Column("first_seen", _AT, nullable=False),
    sa.Column("thanked_at", _AT),  # when they were last told that their pictures help
    sa.Column("no_thanks", _AT),  # since when they do not want to be told
)
predictions = sa.Table(
    "predictions",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("user_id", _BIG, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("chat_id", _BIG, nullable=False),
    sa.Column("photo_message_id", _BIG, nullable=False),
    sa.Column("answer_message_id", _BIG),
    sa.Column("sent_at", _BIG, nullable=False),  # seconds since 1970, as Telegram dated the photo
    sa.Column("file_id", sa.Text, nullable=False),
    sa.Column("file_unique_id", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("known", sa.Float, nullable=False),
    sa.Column("scores", sa.JSON, nullable=False),  # [[label, probability], …], most probable first
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("at", _AT, nullable=False),
    sa.Column("explained_at", _AT),  # when [Why?] was last answered
    sa.Column("asked", sa.Text),  # why the answer came with a question, if it did
    # A photo that Telegram delivers twice is answered once.
    sa.UniqueConstraint("chat_id", "photo_message_id", "sent_at", "file_unique_id"),
    sqlite_autoincrement=True,
)
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("chat_id", _BIG, primary_key=True),
    sa.Column("message_id", _BIG, primary_key=True, autoincrement=False),
    sa.Column("prediction_id", _ID, sa.ForeignKey("predictions.id"), nullable=False, index=True),
)
labels = sa.Table(
    "labels",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("prediction_id", _ID, sa.ForeignKey("predictions.id"), nullable=False),
    sa.Column("user_id", _BIG),  # null once the person who gave it was forgotten
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, index=True),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("at", _AT, nullable=False),
    sa.Column("undone_at", _AT),
    sa.Column("phash", sa.String(16)),  # of the picture, in hexadecimal
    sa.Column("disputed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("thanked_at", _AT),  # when the contributor was told that a model learned from the picture
    sqlite_autoincrement=True,
)
sa.Index(
    "uq_labels_active",
    labels.c.prediction_id,
    labels.c.place,
    unique=True,
    sqlite_where=labels.c.undone_at.is_(None),
    postgresql_where=labels.c.undone_at.is_(None),
)
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("user_id", _BIG),
    sa.Column("chat_id", _BIG, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started_at", _AT, nullable=False),
    sa.Column("ended_at", _AT),
    sa.Column("message_id", _BIG),
    sa.Column("version", sa.Text),
    sa.Column("report", sa.JSON),
    sa.Column("ended_by", _BIG),  # who cancelled it or discarded its version, if anybody did
    sqlite_autoincrement=True,
)
promises = sa.Table(
    "promises",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),  # what /privacy says
    sa.Column("since", _AT, nullable=False),
    sqlite_autoincrement=True,
)
decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("user_id", _BIG),  # null where people agreed, and once the one who decided was forgotten
    sa.Column("label", sa.Text),  # null: rejected
    sa.Column("at", _AT, nullable=False),
    sa.Column("undone_at", _AT),
    sqlite_autoincrement=True,
)
decided = sa.Table(
    "decided",
    metadata,
    sa.Column("decision_id", _ID, sa.ForeignKey("decisions.id"), primary_key=True),
    sa.Column("label_id", _ID, sa.ForeignKey("labels.id"), primary_key=True, index=True),
    sa.Column("was", sa.Text),  # the place that it had; null for a label that the decision brought
)
showings = sa.Table(
    "showings",
    metadata,
    sa.Column("chat_id", _BIG, primary_key=True),
    sa.Column("message_id", _BIG, primary_key=True, autoincrement=False),
    # Not a reference: the message stays in the chat when the label is forgotten.
    sa.Column("label_id", _BIG, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("decision_id", _BIG),
)
classes = sa.Table(
    "classes",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),  # the name in small letters
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("opened_at", _AT),
    sa.Column("opened_by", _BIG),
    sa.Column("renamed_to", _ID, sa.ForeignKey("classes.id")),
    sa.Column("renamed_at", _AT),  # null while its pictures are still being moved
    sa.Column("renamed_by", _BIG),
    sqlite_autoincrement=True,
)
suggestions = sa.Table(
    "suggestions",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("prediction_id", _ID, sa.ForeignKey("predictions.id"), nullable=False, unique=True),
    sa.Column("user_id", _BIG),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("class_id", _ID, sa.ForeignKey("classes.id"), index=True),
    sa.Column("at", _AT, nullable=False),
    sqlite_autoincrement=True,
)
ACTIVE = labels.c.undone_at.is_(None)
"""Of the labels, those that hold; at most one for each prediction and place."""
updates = sa.Table(
    "updates",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=False),
    sa.Column("user_id", _BIG),
    sa.Column("data", sa.JSON(none_as_null=True)),  # as Telegram sent it; NULL once it is done
    sa.Column("repeats", sa.Integer, nullable=False),  # how often it was begun again
)
