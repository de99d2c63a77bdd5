"""Updates that were received and are not finished."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "updates",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("cut_off", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_updates"),
    )
