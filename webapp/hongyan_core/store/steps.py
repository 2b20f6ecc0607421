"""The SQL of the schema's steps, one tuple a version; `migrations` fills in what the two databases call differently.

{big} an integer of 64 bits · {bytes} · {flag} a truth value · {id} an id that is never given out twice
    {bytewise} a text in the order of its code points
"""

from __future__ import annotations

from typing import Final

# 2: what `hongyan broker --open` keeps, and messages found by id first.
_KEPT: Final = (
    "CREATE TABLE kept_session (number {big} NOT NULL PRIMARY KEY, client_id TEXT NOT NULL, "
    "last_seen_ms {big} NOT NULL)",
    'CREATE UNIQUE INDEX "kept_session_client_id" ON "kept_session" ("client_id")',
    "CREATE TABLE kept_subscription (session_id {big} NOT NULL, topic_filter TEXT NOT NULL, qos INTEGER NOT NULL, "
    "PRIMARY KEY (session_id, topic_filter), "
    "FOREIGN KEY (session_id) REFERENCES kept_session (number) ON DELETE CASCADE)",
    "CREATE TABLE kept_message (number {big} NOT NULL PRIMARY KEY, session_id {big} NOT NULL, "
    "packet_id INTEGER NOT NULL, topic TEXT NOT NULL, payload {bytes} NOT NULL, qos INTEGER NOT NULL, "
    "retain {flag} NOT NULL, released {flag} NOT NULL, "
    "FOREIGN KEY (session_id) REFERENCES kept_session (number) ON DELETE CASCADE)",
    'CREATE INDEX "kept_message_session_id" ON "kept_message" ("session_id")',
    "CREATE TABLE kept_receipt (session_id {big} NOT NULL, packet_id INTEGER NOT NULL, "
    "PRIMARY KEY (session_id, packet_id), "
    "FOREIGN KEY (session_id) REFERENCES kept_session (number) ON DELETE CASCADE)",
    "CREATE TABLE retained_message (topic TEXT NOT NULL PRIMARY KEY, payload {bytes} NOT NULL, qos INTEGER NOT NULL)",
)
_IDS_BY_TIME: Final = (
    "DROP INDEX stored_message_sender_id_message_id",
    'CREATE UNIQUE INDEX "stored_message_message_id_sender_id" ON "stored_message" ("message_id", "sender_id")',
)
# 4: accounts, contacts and groups as a messenger has them.
_COLUMNS_OF_PEOPLE: Final = (
    "ALTER TABLE account ADD COLUMN kind VARCHAR(8) NOT NULL DEFAULT 'person'",
    "ALTER TABLE account ADD COLUMN owner_id INTEGER REFERENCES account (id)",
    "ALTER TABLE account ADD COLUMN role VARCHAR(9) NOT NULL DEFAULT 'user'",
    "ALTER TABLE account ADD COLUMN skeleton VARCHAR(32) NOT NULL DEFAULT ''",
    "ALTER TABLE account ADD COLUMN about VARCHAR(200) NOT NULL DEFAULT ''",
    "ALTER TABLE account ADD COLUMN time_zone VARCHAR(40) NOT NULL DEFAULT ''",
    "ALTER TABLE account ADD COLUMN picture VARCHAR(64)",
    "ALTER TABLE account ADD COLUMN hidden {flag} NOT NULL DEFAULT FALSE",
    "ALTER TABLE account ADD COLUMN email VARCHAR(254)",
    "ALTER TABLE account ADD COLUMN unconfirmed {flag} NOT NULL DEFAULT FALSE",
    "ALTER TABLE account ADD COLUMN link_generation INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE account ADD COLUMN scoped {flag} NOT NULL DEFAULT FALSE",
    "ALTER TABLE credential ADD COLUMN address VARCHAR(45) NOT NULL DEFAULT ''",
    "ALTER TABLE friendship ADD COLUMN remark VARCHAR(64) NOT NULL DEFAULT ''",
    "ALTER TABLE friendship ADD COLUMN starred {flag} NOT NULL DEFAULT FALSE",
    "ALTER TABLE chat_group ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE chat_group ADD COLUMN kind VARCHAR(8) NOT NULL DEFAULT 'group'",
    "ALTER TABLE chat_group ADD COLUMN picture VARCHAR(64)",
    "ALTER TABLE chat_group ADD COLUMN invites VARCHAR(8) NOT NULL DEFAULT 'admins'",
    "ALTER TABLE chat_group ADD COLUMN joins VARCHAR(8) NOT NULL DEFAULT 'closed'",
    "ALTER TABLE chat_group ADD COLUMN history VARCHAR(8) NOT NULL DEFAULT 'joined'",
    "ALTER TABLE chat_group ADD COLUMN writers VARCHAR(8) NOT NULL DEFAULT 'all'",
    "ALTER TABLE chat_group ADD COLUMN muted_until_ms {big}",
    "ALTER TABLE chat_group ADD COLUMN announcement TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE chat_group ADD COLUMN announced_at_ms {big}",
    "ALTER TABLE chat_group ADD COLUMN announced_by_id INTEGER REFERENCES account (id)",
    "ALTER TABLE chat_group ADD COLUMN announced_after_seq {big} NOT NULL DEFAULT 0",
    "ALTER TABLE membership ADD COLUMN nickname VARCHAR(64) NOT NULL DEFAULT ''",
    "ALTER TABLE membership ADD COLUMN muted_until_ms {big}",
    'CREATE INDEX "account_owner_id" ON "account" ("owner_id")',
    'CREATE INDEX "account_role" ON "account" ("role")',
    'CREATE INDEX "account_skeleton" ON "account" ("skeleton")',
    'CREATE UNIQUE INDEX "account_email" ON "account" ("email")',
    'CREATE INDEX "chat_group_announced_by_id" ON "chat_group" ("announced_by_id")',
)
_TABLES_OF_PEOPLE: Final = (
    """CREATE TABLE second_factor (account_id INTEGER NOT NULL PRIMARY KEY, sealed_secret TEXT NOT NULL,
        confirmed_at_ms {big}, last_step {big} NOT NULL, FOREIGN KEY (account_id) REFERENCES account (id))""",
    """CREATE TABLE recovery_code (account_id INTEGER NOT NULL, code_hash VARCHAR(64) NOT NULL, PRIMARY KEY
        (account_id, code_hash), FOREIGN KEY (account_id) REFERENCES account (id))""",
    """CREATE TABLE passkey (id {id}, account_id INTEGER NOT NULL, credential_id VARCHAR(1400) NOT NULL, public_key
        {bytes} NOT NULL, sign_count {big} NOT NULL, label VARCHAR(64) NOT NULL, created_at_ms {big} NOT NULL,
        last_used_at_ms {big}, FOREIGN KEY (account_id) REFERENCES account (id))""",
    'CREATE INDEX "passkey_account_id" ON "passkey" ("account_id")',
    'CREATE UNIQUE INDEX "passkey_credential_id" ON "passkey" ("credential_id")',
    """CREATE TABLE identity (id {id}, issuer VARCHAR(255) NOT NULL, subject VARCHAR(255) NOT NULL, account_id
        INTEGER NOT NULL, email VARCHAR(254) NOT NULL, created_at_ms {big} NOT NULL, FOREIGN KEY (account_id)
        REFERENCES account (id))""",
    'CREATE INDEX "identity_account_id" ON "identity" ("account_id")',
    'CREATE UNIQUE INDEX "identity_issuer_subject" ON "identity" ("issuer", "subject")',
    """CREATE TABLE ticket (secret_hash VARCHAR(64) NOT NULL PRIMARY KEY, kind VARCHAR(8) NOT NULL, account_id
        INTEGER NOT NULL, email VARCHAR(254) NOT NULL, expires_at_ms {big} NOT NULL, FOREIGN KEY (account_id)
        REFERENCES account (id))""",
    'CREATE INDEX "ticket_account_id" ON "ticket" ("account_id")',
    """CREATE TABLE trouble (key VARCHAR(120) NOT NULL PRIMARY KEY, failures INTEGER NOT NULL, last_at_ms {big} NOT
        NULL)""",
    """CREATE TABLE link (id {id}, kind VARCHAR(8) NOT NULL, creator_id INTEGER NOT NULL, group_id INTEGER,
        created_at_ms {big} NOT NULL, expires_at_ms {big}, max_uses INTEGER, uses INTEGER NOT NULL, ended_at_ms
        {big}, FOREIGN KEY (creator_id) REFERENCES account (id))""",
    'CREATE INDEX "link_group_id" ON "link" ("group_id")',
    """CREATE TABLE picture (hash VARCHAR(64) NOT NULL PRIMARY KEY, image {bytes} NOT NULL)""",
    """CREATE TABLE account_term (term VARCHAR(64) NOT NULL{bytewise}, account_id INTEGER NOT NULL, PRIMARY KEY (term,
        account_id), FOREIGN KEY (account_id) REFERENCES account (id))""",
    'CREATE INDEX "account_term_account_id" ON "account_term" ("account_id")',
    """CREATE TABLE scope (account_id INTEGER NOT NULL, key VARCHAR(80) NOT NULL, PRIMARY KEY (account_id, key),
        FOREIGN KEY (account_id) REFERENCES account (id))""",
    """CREATE TABLE audit_entry (id {id}, at_ms {big} NOT NULL, actor VARCHAR(32) NOT NULL, action VARCHAR(32) NOT
        NULL, target VARCHAR(64) NOT NULL, detail TEXT NOT NULL, address VARCHAR(45) NOT NULL)""",
    """CREATE TABLE contact_label (account_id INTEGER NOT NULL, label VARCHAR(32) NOT NULL, friend_id INTEGER NOT
        NULL, PRIMARY KEY (account_id, label, friend_id), FOREIGN KEY (account_id) REFERENCES account (id), FOREIGN
        KEY (friend_id) REFERENCES account (id))""",
    'CREATE INDEX "contact_label_friend_id" ON "contact_label" ("friend_id")',
    """CREATE TABLE conversation_mute (account_id INTEGER NOT NULL, key VARCHAR(80) NOT NULL, until_ms {big} NOT
        NULL, PRIMARY KEY (account_id, key), FOREIGN KEY (account_id) REFERENCES account (id))""",
    """CREATE TABLE group_ban (group_id INTEGER NOT NULL, account_id INTEGER NOT NULL, at_ms {big} NOT NULL,
        PRIMARY KEY (group_id, account_id), FOREIGN KEY (group_id) REFERENCES chat_group (id), FOREIGN KEY
        (account_id) REFERENCES account (id))""",
    'CREATE INDEX "group_ban_account_id" ON "group_ban" ("account_id")',
    """CREATE TABLE join_request (id {id}, group_id INTEGER NOT NULL, account_id INTEGER NOT NULL, text
        VARCHAR(200) NOT NULL, state VARCHAR(8) NOT NULL, created_at_ms {big} NOT NULL, decided_by_id INTEGER,
        decided_at_ms {big}, FOREIGN KEY (group_id) REFERENCES chat_group (id), FOREIGN KEY (account_id) REFERENCES
        account (id), FOREIGN KEY (decided_by_id) REFERENCES account (id))""",
    'CREATE INDEX "join_request_account_id" ON "join_request" ("account_id")',
    'CREATE INDEX "join_request_decided_by_id" ON "join_request" ("decided_by_id")',
    'CREATE INDEX "join_request_group_id_state" ON "join_request" ("group_id", "state")',
    """CREATE TABLE report (id {id}, reporter_id INTEGER NOT NULL, account_id INTEGER, group_id INTEGER, seq {big},
        text VARCHAR(1000) NOT NULL, created_at_ms {big} NOT NULL, state VARCHAR(8) NOT NULL, decided_by_id INTEGER,
        decided_at_ms {big}, outcome VARCHAR(200) NOT NULL, FOREIGN KEY (reporter_id) REFERENCES account (id),
        FOREIGN KEY (account_id) REFERENCES account (id), FOREIGN KEY (decided_by_id) REFERENCES account (id))""",
    'CREATE INDEX "report_reporter_id" ON "report" ("reporter_id")',
    'CREATE INDEX "report_account_id" ON "report" ("account_id")',
    'CREATE INDEX "report_state" ON "report" ("state")',
    'CREATE INDEX "report_decided_by_id" ON "report" ("decided_by_id")',
    """CREATE TABLE mqtt_connection (account_id INTEGER NOT NULL, client_id VARCHAR(256) NOT NULL, credential_id
        {big}, address VARCHAR(45) NOT NULL, connected_at_ms {big} NOT NULL, PRIMARY KEY (account_id, client_id),
        FOREIGN KEY (account_id) REFERENCES account (id))""",
)
# 5: conversations with every kind of message.
_COLUMNS_OF_TALK: Final = (
    "ALTER TABLE account ADD COLUMN read_receipts {flag} NOT NULL DEFAULT TRUE",
    "ALTER TABLE account ADD COLUMN quiet_from INTEGER",
    "ALTER TABLE account ADD COLUMN quiet_to INTEGER",
    "ALTER TABLE account ADD COLUMN quota_bytes {big}",
    "ALTER TABLE conversation ADD COLUMN counted {big} NOT NULL DEFAULT 0",
    "ALTER TABLE conversation ADD COLUMN shown_seq {big} NOT NULL DEFAULT 0",
    "ALTER TABLE conversation ADD COLUMN first_seq {big} NOT NULL DEFAULT 1",
    "ALTER TABLE conversation ADD COLUMN retention_days INTEGER",
    "ALTER TABLE conversation ADD COLUMN disappear_s INTEGER",
    "ALTER TABLE stored_message ADD COLUMN ordinal {big} NOT NULL DEFAULT 0",
    "ALTER TABLE read_mark ADD COLUMN at_ms {big} NOT NULL DEFAULT 0",
    "ALTER TABLE read_mark ADD COLUMN delivered_seq {big} NOT NULL DEFAULT 0",
)
_TABLES_OF_TALK: Final = (
    """CREATE TABLE message_version (conversation_id INTEGER NOT NULL, seq {big} NOT NULL, version INTEGER NOT
        NULL, at_ms {big} NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (conversation_id, seq, version), FOREIGN
        KEY (conversation_id) REFERENCES conversation (id))""",
    """CREATE TABLE reaction (conversation_id INTEGER NOT NULL, seq {big} NOT NULL, account_id INTEGER NOT NULL,
        emoji VARCHAR(32) NOT NULL, at_ms {big} NOT NULL, PRIMARY KEY (conversation_id, seq, account_id, emoji),
        FOREIGN KEY (conversation_id) REFERENCES conversation (id), FOREIGN KEY (account_id) REFERENCES account
        (id))""",
    """CREATE TABLE pin (conversation_id INTEGER NOT NULL, seq {big} NOT NULL, account_id INTEGER NOT NULL,
        at_ms {big} NOT NULL, PRIMARY KEY (conversation_id, seq), FOREIGN KEY (conversation_id) REFERENCES
        conversation (id), FOREIGN KEY (account_id) REFERENCES account (id))""",
    """CREATE TABLE vote (conversation_id INTEGER NOT NULL, seq {big} NOT NULL, account_id INTEGER NOT NULL,
        choice INTEGER NOT NULL, at_ms {big} NOT NULL, PRIMARY KEY (conversation_id, seq, account_id, choice),
        FOREIGN KEY (conversation_id) REFERENCES conversation (id), FOREIGN KEY (account_id) REFERENCES account
        (id))""",
    """CREATE TABLE thread_entry (conversation_id INTEGER NOT NULL, root_seq {big} NOT NULL, seq {big} NOT NULL,
        PRIMARY KEY (conversation_id, root_seq, seq), FOREIGN KEY (conversation_id) REFERENCES conversation (id))""",
    """CREATE TABLE mention (account_id INTEGER NOT NULL, conversation_id INTEGER NOT NULL, seq {big} NOT NULL,
        PRIMARY KEY (account_id, conversation_id, seq), FOREIGN KEY (conversation_id) REFERENCES conversation
        (id))""",
    'CREATE INDEX "mention_conversation_id_seq" ON "mention" ("conversation_id", "seq")',
    """CREATE TABLE hidden_message (account_id INTEGER NOT NULL, conversation_id INTEGER NOT NULL, seq {big} NOT
        NULL, PRIMARY KEY (account_id, conversation_id, seq), FOREIGN KEY (account_id) REFERENCES account (id),
        FOREIGN KEY (conversation_id) REFERENCES conversation (id))""",
    """CREATE TABLE fleeting (conversation_id INTEGER NOT NULL, seq {big} NOT NULL, seconds INTEGER NOT NULL,
        due_ms {big}, PRIMARY KEY (conversation_id, seq), FOREIGN KEY (conversation_id) REFERENCES conversation
        (id))""",
    'CREATE INDEX "fleeting_due_ms" ON "fleeting" ("due_ms")',
    """CREATE TABLE erasure (id {id}, position {big} NOT NULL)""",
    """CREATE TABLE card (conversation_id INTEGER NOT NULL, account_id INTEGER NOT NULL, name VARCHAR(32) NOT
        NULL, payload TEXT NOT NULL, at_ms {big} NOT NULL, PRIMARY KEY (conversation_id, account_id, name),
        FOREIGN KEY (conversation_id) REFERENCES conversation (id), FOREIGN KEY (account_id) REFERENCES account
        (id))""",
    """CREATE TABLE scheduled_message (id {id}, account_id INTEGER NOT NULL, key VARCHAR(80) NOT NULL,
        message_id VARCHAR(64) NOT NULL, draft TEXT NOT NULL, due_ms {big}, repeat VARCHAR(8) NOT NULL, time_zone
        VARCHAR(40) NOT NULL, times INTEGER NOT NULL, refusal VARCHAR(32) NOT NULL, FOREIGN KEY (account_id)
        REFERENCES account (id))""",
    'CREATE INDEX "scheduled_message_account_id" ON "scheduled_message" ("account_id")',
    'CREATE INDEX "scheduled_message_due_ms" ON "scheduled_message" ("due_ms")',
    """CREATE TABLE unsent_draft (account_id INTEGER NOT NULL, key VARCHAR(80) NOT NULL, body TEXT NOT NULL,
        reply_seq {big}, at_ms {big} NOT NULL, PRIMARY KEY (account_id, key), FOREIGN KEY (account_id) REFERENCES
        account (id))""",
    """CREATE TABLE upload (id VARCHAR(22) NOT NULL PRIMARY KEY, account_id INTEGER NOT NULL, name VARCHAR(255)
        NOT NULL, media_type VARCHAR(100) NOT NULL, size {big} NOT NULL, received {big} NOT NULL, created_at_ms
        {big} NOT NULL, touched_at_ms {big} NOT NULL, FOREIGN KEY (account_id) REFERENCES account (id))""",
    'CREATE INDEX "upload_account_id" ON "upload" ("account_id")',
    'CREATE INDEX "upload_touched_at_ms" ON "upload" ("touched_at_ms")',
    """CREATE TABLE stored_file (id VARCHAR(22) NOT NULL PRIMARY KEY, account_id INTEGER NOT NULL, hash
        VARCHAR(64) NOT NULL, name VARCHAR(255) NOT NULL, media_type VARCHAR(100) NOT NULL, size {big} NOT NULL,
        width INTEGER, height INTEGER, thumb_hash VARCHAR(64), created_at_ms {big} NOT NULL, FOREIGN KEY
        (account_id) REFERENCES account (id))""",
    'CREATE INDEX "stored_file_account_id" ON "stored_file" ("account_id")',
    'CREATE INDEX "stored_file_hash" ON "stored_file" ("hash")',
    'CREATE INDEX "stored_file_thumb_hash" ON "stored_file" ("thumb_hash")',
    'CREATE INDEX "stored_file_created_at_ms" ON "stored_file" ("created_at_ms")',
    """CREATE TABLE attachment (conversation_id INTEGER NOT NULL, seq {big} NOT NULL, place INTEGER NOT NULL,
        file_id VARCHAR(22) NOT NULL, kind VARCHAR(16) NOT NULL, PRIMARY KEY (conversation_id, seq, place),
        FOREIGN KEY (conversation_id) REFERENCES conversation (id))""",
    'CREATE INDEX "attachment_file_id" ON "attachment" ("file_id")',
    'CREATE INDEX "attachment_conversation_id_kind_seq" ON "attachment" ("conversation_id", "kind", "seq")',
    """CREATE TABLE sticker_pack (id {id}, name VARCHAR(32) NOT NULL, title VARCHAR(64) NOT NULL, account_id
        INTEGER NOT NULL, created_at_ms {big} NOT NULL, FOREIGN KEY (account_id) REFERENCES account (id))""",
    'CREATE UNIQUE INDEX "sticker_pack_name" ON "sticker_pack" ("name")',
    'CREATE INDEX "sticker_pack_account_id" ON "sticker_pack" ("account_id")',
    """CREATE TABLE sticker (pack_id INTEGER NOT NULL, name VARCHAR(32) NOT NULL, emoji VARCHAR(32) NOT NULL,
        file_id VARCHAR(22) NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (pack_id, name), FOREIGN KEY (pack_id)
        REFERENCES sticker_pack (id) ON DELETE CASCADE)""",
    'CREATE INDEX "sticker_file_id" ON "sticker" ("file_id")',
    """CREATE TABLE saved_pack (account_id INTEGER NOT NULL, pack_id INTEGER NOT NULL, at_ms {big} NOT NULL,
        PRIMARY KEY (account_id, pack_id), FOREIGN KEY (account_id) REFERENCES account (id), FOREIGN KEY
        (pack_id) REFERENCES sticker_pack (id) ON DELETE CASCADE)""",
    'CREATE INDEX "saved_pack_pack_id" ON "saved_pack" ("pack_id")',
    """CREATE TABLE link_preview (url_hash VARCHAR(64) NOT NULL PRIMARY KEY, at_ms {big} NOT NULL, title
        VARCHAR(200) NOT NULL, description TEXT NOT NULL, site VARCHAR(100) NOT NULL, picture VARCHAR(64))""",
    """CREATE TABLE import_job (id {id}, account_id INTEGER NOT NULL, key VARCHAR(80) NOT NULL, source
        VARCHAR(8) NOT NULL, file_id VARCHAR(22) NOT NULL, state VARCHAR(8) NOT NULL, total INTEGER NOT NULL,
        done INTEGER NOT NULL, skipped INTEGER NOT NULL, problem VARCHAR(32) NOT NULL, created_at_ms {big} NOT
        NULL, cancelled {flag} NOT NULL, FOREIGN KEY (account_id) REFERENCES account (id))""",
    'CREATE INDEX "import_job_account_id" ON "import_job" ("account_id")',
)
# 6: web push.
_PUSH: Final = (
    "ALTER TABLE account ADD COLUMN push_words {flag} NOT NULL DEFAULT TRUE",
    """CREATE TABLE push_subscription (id {id}, account_id INTEGER NOT NULL, credential_id INTEGER NOT NULL,
        endpoint_hash VARCHAR(64) NOT NULL, sealed TEXT NOT NULL, created_at_ms {big} NOT NULL, last_ok_ms {big},
        failures INTEGER NOT NULL, FOREIGN KEY (account_id) REFERENCES account (id), FOREIGN KEY (credential_id)
        REFERENCES credential (id) ON DELETE CASCADE)""",
    'CREATE INDEX "push_subscription_account_id" ON "push_subscription" ("account_id")',
    'CREATE UNIQUE INDEX "push_subscription_credential_id" ON "push_subscription" ("credential_id")',
    'CREATE UNIQUE INDEX "push_subscription_endpoint_hash" ON "push_subscription" ("endpoint_hash")',
)
# Lines of groups are not counted; every entry of before stands as a row.
_COUNTED: Final = (
    """UPDATE stored_message SET ordinal = numbered.ordinal FROM (
        SELECT position, SUM(CASE WHEN kind = 'event' THEN 0 ELSE 1 END)
            OVER (PARTITION BY conversation_id ORDER BY seq) AS ordinal FROM stored_message) AS numbered
        WHERE stored_message.position = numbered.position""",
    """UPDATE conversation SET shown_seq = last_seq, counted = COALESCE((SELECT m.ordinal FROM stored_message m
        WHERE m.conversation_id = conversation.id AND m.seq = conversation.last_seq), 0)""",
)
# 7: conversations that are pinned, archived and marked as unread.
_LISTED: Final = (
    """CREATE TABLE list_marks (account_id INTEGER NOT NULL, key VARCHAR(80) NOT NULL, pinned_at_ms {big},
        archived_at_ms {big}, unread_at_ms {big}, PRIMARY KEY (account_id, key), FOREIGN KEY (account_id) REFERENCES
        account (id))""",
)
# The log of the administrators only grows: neither the product nor a slip at its database changes a row.
_GUARDS: Final[dict[str, tuple[str, ...]]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_entry_{deed.lower()} BEFORE {deed} ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is not edited'); END"
        for deed in ("UPDATE", "DELETE")
    ),
    "postgres": (
        "CREATE FUNCTION keep_audit_entry() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''the audit log is not edited''; END'",
        "CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION keep_audit_entry()",
    ),
}
_TYPES: Final = {
    "sqlite": {
        "big": "INTEGER",
        "bytes": "BLOB",
        "flag": "INTEGER",
        "id": "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT",
        "bytewise": "",
    },
    "postgres": {
        "big": "BIGINT",
        "bytes": "BYTEA",
        "flag": "BOOLEAN",
        "id": "SERIAL NOT NULL PRIMARY KEY",
        "bytewise": ' COLLATE "C"',
    },
}
# Blocks of the search index: what `search/index.py` has in a file of its own on SQLite. Words are not compressed: every
# search reads some.
_BLOCKS: Final[dict[str, tuple[str, ...]]] = {
    "sqlite": (),
    "postgres": (
        """CREATE TABLE search_block (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, conversation_id BIGINT
        NOT NULL, first_seq BIGINT NOT NULL, last_seq BIGINT NOT NULL, first_position BIGINT NOT NULL, last_position
        BIGINT NOT NULL, first_at_ms BIGINT NOT NULL, last_at_ms BIGINT NOT NULL, entries TEXT NOT NULL, words TEXT
        NOT NULL)""",
        "ALTER TABLE search_block ALTER COLUMN entries SET STORAGE EXTERNAL, ALTER COLUMN words SET STORAGE EXTERNAL",
        "CREATE UNIQUE INDEX search_block_first_seq ON search_block (conversation_id, first_seq)",
        """CREATE INDEX search_block_outline ON search_block (conversation_id, last_position, first_position, first_seq,
        last_seq, first_at_ms, last_at_ms)""",
        "CREATE TABLE search_state (key TEXT NOT NULL PRIMARY KEY, number BIGINT NOT NULL, word TEXT NOT NULL)",
    ),
}
# Beside the tables, in a fresh database too.
BESIDE: Final = {dialect: (*_GUARDS[dialect], *_BLOCKS[dialect]) for dialect in _GUARDS}


def _in_both(*statements: str) -> dict[str, tuple[str, ...]]:
    return {dialect: tuple(s.format(**types) for s in statements) for dialect, types in _TYPES.items()}


def _of_people() -> dict[str, tuple[str, ...]]:
    """The first account of an installation, which is its operator's, becomes the administrator's."""
    first = "UPDATE account SET role = 'admin' WHERE id = (SELECT MIN(id) FROM account)"
    both = _in_both(*_COLUMNS_OF_PEOPLE, *_TABLES_OF_PEOPLE, first)
    return {dialect: (*both[dialect], *_GUARDS[dialect]) for dialect in both}


def _of_talk() -> dict[str, tuple[str, ...]]:
    both = _in_both(*_COLUMNS_OF_TALK, *_TABLES_OF_TALK, *_COUNTED)
    return {dialect: (*both[dialect], *_BLOCKS[dialect]) for dialect in both}


# version → the statements that make it of the one before.
STEPS: Final[dict[int, dict[str, tuple[str, ...]]]] = {
    2: _in_both(*_KEPT, *_IDS_BY_TIME),
    3: _in_both("DROP INDEX stored_message_conversation_id_position"),
    4: _of_people(),
    5: _of_talk(),
    6: _in_both(*_PUSH),
    7: _in_both(*_LISTED),
}
