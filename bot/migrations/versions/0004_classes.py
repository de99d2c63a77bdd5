"""Classes that were named in the chat; what people were asked, and what they were thanked for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BIG = sa.BigInteger()
_ID = _BIG.with_variant(sa.Integer(), "sqlite")
_AT = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "classes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("opened_at", _AT),
        sa.Column("opened_by", _BIG),
        sa.Column("renamed_to", _ID),
        sa.Column("renamed_at", _AT),
        sa.Column("renamed_by", _BIG),
        sa.PrimaryKeyConstraint("id", name="pk_classes"),
        sa.UniqueConstraint("key", name="uq_classes_key"),
        sa.ForeignKeyConstraint(["renamed_to"], ["classes.id"], name="fk_classes_renamed_to"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suggestions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("prediction_id", _ID, nullable=False),
        sa.Column("user_id", _BIG),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("class_id", _ID),
        sa.Column("at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suggestions"),
        sa.UniqueConstraint("prediction_id", name="uq_suggestions_prediction_id"),
        sa.ForeignKeyConstraint(["prediction_id"], ["predictions.id"], name="fk_suggestions_prediction_id"),
        sa.ForeignKeyConstraint(["class_id"], ["classes.id"], name="fk_suggestions_class_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_suggestions_class_id", "suggestions", ["class_id"])
    op.add_column("predictions", sa.Column("asked", sa.Text))
    op.add_column("users", sa.Column("thanked_at", _AT))
    op.add_column("users", sa.Column("no_thanks", _AT))
    op.add_column("labels", sa.Column("thanked_at", _AT))
