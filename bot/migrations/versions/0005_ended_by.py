"""Who ended a training run."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("runs", sa.Column("ended_by", sa.BigInteger()))
