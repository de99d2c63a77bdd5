"""Users, predictions, messages about them, labels, training runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger()
_ID = _BIG.with_variant(sa.Integer(), "sqlite")
_AT = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", _BIG, nullable=False, autoincrement=False),
        sa.Column("first_seen", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_table(
        "predictions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _BIG, nullable=False),
        sa.Column("chat_id", _BIG, nullable=False),
        sa.Column("photo_message_id", _BIG, nullable=False),
        sa.Column("answer_message_id", _BIG),
        sa.Column("sent_at", _BIG, nullable=False),
        sa.Column("file_id", sa.Text, nullable=False),
        sa.Column("file_unique_id", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("known", sa.Float, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_predictions_user_id"),
        sa.UniqueConstraint(
            "chat_id", "photo_message_id", "sent_at", "file_unique_id", name="uq_predictions_chat_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_predictions_user_id", "predictions", ["user_id"])
    op.create_table(
        "messages",
        sa.Column("chat_id", _BIG, nullable=False),
        sa.Column("message_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("prediction_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name="pk_messages"),
        sa.ForeignKeyConstraint(["prediction_id"], ["predictions.id"], name="fk_messages_prediction_id"),
    )
    op.create_index("ix_messages_prediction_id", "messages", ["prediction_id"])
    op.create_table(
        "labels",
        sa.Column("id", _ID, nullable=False),
        sa.Column("prediction_id", _ID, nullable=False),
        sa.Column("user_id", _BIG),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("undone_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_labels"),
        sa.ForeignKeyConstraint(["prediction_id"], ["predictions.id"], name="fk_labels_prediction_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_labels_sha256", "labels", ["sha256"])
    op.create_index(
        "uq_labels_active",
        "labels",
        ["prediction_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "runs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", _BIG),
        sa.Column("chat_id", _BIG, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("started_at", _AT, nullable=False),
        sa.Column("ended_at", _AT),
        sa.Column("message_id", _BIG),
        sa.Column("version", sa.Text),
        sa.Column("report", sa.JSON),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sqlite_autoincrement=True,
    )
