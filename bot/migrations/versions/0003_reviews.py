"""Labels that wait beside one that holds, decisions about them, messages that show them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BIG = sa.BigInteger()
_ID = _BIG.with_variant(sa.Integer(), "sqlite")
_AT = sa.String(32)
_ACTIVE = sa.text("undone_at IS NULL")


def upgrade() -> None:
    op.add_column("labels", sa.Column("phash", sa.String(16)))
    op.add_column("labels", sa.Column("disputed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("uq_labels_active", "labels")
    op.create_index(
        "uq_labels_active",
        "labels",
        ["prediction_id", "place"],
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
    op.create_table(
        "decisions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("user_id", _BIG),
        sa.Column("label", sa.Text),
        sa.Column("at", _AT, nullable=False),
        sa.Column("undone_at", _AT),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "decided",
        sa.Column("decision_id", _ID, nullable=False),
        sa.Column("label_id", _ID, nullable=False),
        sa.Column("was", sa.Text),
        sa.PrimaryKeyConstraint("decision_id", "label_id", name="pk_decided"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_decided_decision_id"),
        sa.ForeignKeyConstraint(["label_id"], ["labels.id"], name="fk_decided_label_id"),
    )
    op.create_index("ix_decided_label_id", "decided", ["label_id"])
    op.create_table(
        "showings",
        sa.Column("chat_id", _BIG, nullable=False),
        sa.Column("message_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("label_id", _BIG, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("decision_id", _BIG),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name="pk_showings"),
    )
