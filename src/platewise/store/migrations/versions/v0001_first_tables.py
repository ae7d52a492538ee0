"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, those that others refer to first."""
    _answers()
    _audit()
    _gates()
    _images()
    _lists()
    _settings()
    _tokens()
    _users()
    _entries()
    _frames()
    _lanes()
    _cameras()
    _reads()
    _reviews()
    _sightings()
    _events()
    _outbox()


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, WORDS, nullable=False) for name in names]


def _answers() -> None:
    op.create_table(
        "answers",
        *_words("key", "digest"),
        sa.Column("status", sa.Integer(), nullable=False),
        *_words("content_type"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_answers"),
    )
    op.create_index("ix_answers_at", "answers", ["at"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_words("user", "action", "subject", "detail"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_at_id", "audit", ["at", "id"])


def _gates() -> None:
    op.create_table(
        "gates",
        *_words("name", "label", "direction", "options"),
        sa.PrimaryKeyConstraint("name", name="pk_gates"),
    )


def _images() -> None:
    op.create_table(
        "images",
        *_words("key", "kind"),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_images"),
    )
    op.create_index("ix_images_created_at_size", "images", ["created_at", "size"])


def _lists() -> None:
    op.create_table(
        "lists",
        *_words("name", "kind", "label"),
        sa.PrimaryKeyConstraint("name", name="pk_lists"),
    )


def _settings() -> None:
    op.create_table(
        "settings",
        *_words("name", "value"),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", NUMBER, nullable=False),
        *_words("name", "digest", "scopes"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("user", WORDS, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
        sqlite_autoincrement=True,
    )


def _users() -> None:
    op.create_table(
        "users",
        *_words("name", "role", "password"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", NUMBER, nullable=False),
        *_words("list", "text", "normalised", "label"),
        sa.Column("valid_from", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        *_words("note"),
        sa.ForeignKeyConstraint(["list"], ["lists.name"], name="fk_entries_list", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("list", "normalised", name="uq_entries_list_normalised"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_entries_normalised", "entries", ["normalised"])


def _frames() -> None:
    op.create_table(
        "frames",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("camera", WORDS, nullable=True),
        sa.Column("name", WORDS, nullable=True),
        sa.Column("image", WORDS, nullable=True),
        sa.ForeignKeyConstraint(["image"], ["images.key"], name="fk_frames_image", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_frames"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_frames_captured_at", "frames", ["captured_at"])
    op.create_index("ix_frames_image", "frames", ["image"])


def _lanes() -> None:
    op.create_table(
        "lanes",
        *_words("name", "gate", "label"),
        sa.ForeignKeyConstraint(["gate"], ["gates.name"], name="fk_lanes_gate", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", name="pk_lanes"),
    )


def _cameras() -> None:
    op.create_table(
        "cameras",
        *_words("name", "label", "source"),
        sa.Column("lane", WORDS, nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        *_words("options"),
        sa.ForeignKeyConstraint(["lane"], ["lanes.name"], name="fk_cameras_lane", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("name", name="pk_cameras"),
    )


def _reads() -> None:
    op.create_table(
        "reads",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("frame_id", NUMBER, nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("camera", WORDS, nullable=True),
        *_words("raw", "display", "normalised", "folded"),
        sa.Column("region", WORDS, nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("detection_confidence", sa.Float(), nullable=False),
        *_words("characters", "quad", "explain", "state", "pipeline", "model"),
        sa.Column("crop", WORDS, nullable=True),
        sa.Column("lattice", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["crop"], ["images.key"], name="fk_reads_crop", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["frame_id"], ["frames.id"], name="fk_reads_frame_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_reads"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reads_camera_captured_at_id", "reads", ["camera", "captured_at", "id"], unique=False)
    op.create_index(
        "ix_reads_captured_at_id_normalised", "reads", ["captured_at", "id", "normalised"], unique=False
    )
    op.create_index("ix_reads_crop", "reads", ["crop"])
    op.create_index("ix_reads_folded_captured_at_id", "reads", ["folded", "captured_at", "id"], unique=False)
    op.create_index("ix_reads_frame_id", "reads", ["frame_id"])
    op.create_index(
        "ix_reads_normalised_captured_at_id", "reads", ["normalised", "captured_at", "id"], unique=False
    )
    op.create_index(
        "ix_reads_reviewed",
        "reads",
        ["state", "captured_at", "id"],
        sqlite_where=sa.text("state <> 'new'"),
        postgresql_where=sa.text("state <> 'new'"),
    )


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("read_id", NUMBER, nullable=False),
        *_words("verdict", "user"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_words("reason", "before", "after"),
        sa.ForeignKeyConstraint(["read_id"], ["reads.id"], name="fk_reviews_read_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reviews_read_id", "reviews", ["read_id"])


def _sightings() -> None:
    op.create_table(
        "sightings",
        sa.Column("id", NUMBER, nullable=False),
        *_words("key"),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        *_words("display", "normalised", "folded"),
        sa.Column("region", WORDS, nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("camera", WORDS, nullable=True),
        sa.Column("gate", WORDS, nullable=True),
        sa.Column("lane", WORDS, nullable=True),
        sa.Column("direction", WORDS, nullable=True),
        sa.Column("read_id", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["read_id"], ["reads.id"], name="fk_sightings_read_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_sightings"),
        sa.UniqueConstraint("key", name="uq_sightings_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_sightings_normalised_seen_at_id", "sightings", ["normalised", "seen_at", "id"], unique=False
    )
    op.create_index("ix_sightings_read_id", "sightings", ["read_id"])
    op.create_index("ix_sightings_seen_at_id", "sightings", ["seen_at", "id"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", NUMBER, nullable=False),
        *_words("kind"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_words("payload"),
        sa.Column("sighting_id", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["sighting_id"], ["sightings.id"], name="fk_events_sighting_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_index("ix_events_sighting_id", "events", ["sighting_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        *_words("output"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        *_words("error"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_outbox_event_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])
    op.create_index("ix_outbox_event_id", "outbox", ["event_id"])
