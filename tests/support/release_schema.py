"""Write the present schema with a few rows to tests/hongyan_core/schemas/: once for each released version.

python -m tests.support.release_schema
"""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
from pathlib import Path

from hongyan_core.actions.blocks import block_account
from hongyan_core.actions.credentials import issue_credential
from hongyan_core.actions.friends import accept_request, request_friend
from hongyan_core.actions.groups import add_member, create_group
from hongyan_core.store.database import open_database
from hongyan_core.store.migrations import SCHEMA_VERSION
from hongyan_core.store.models import Conversation, StoredMessage
from tests.support.cast import make_account
from tests.support.postgres import MENDING, find_postgres, running_postgres

FOLDER = Path(__file__).parents[1] / "hongyan_core" / "schemas"


def write_rows() -> None:
    """Ann has the group lab with bob, has blocked eve and has written one message."""
    ann, bob, _eve = (make_account(name) for name in ("ann", "bob", "eve"))
    accept_request(bob, request_friend(ann, "bob", "it's me", at_ms=2).id, at_ms=3)
    block_account(ann, "eve", at_ms=4)
    group = create_group(ann, "lab", "The lab", at_ms=5)
    add_member(ann, group, "bob", at_ms=6)
    issue_credential(ann, "device", "laptop", at_ms=7)
    Conversation.update(last_seq=1).execute()
    StoredMessage.create(
        position=1,
        conversation=group.conversation_id,
        seq=1,
        sender=ann,
        message_id="m1",
        kind="text",
        at_ms=8,
        payload='{"id":"m1","kind":"text","body":"你好","from":"ann","to":"group/lab","seq":1,"at":8}',
    )


def dump_sqlite(path: Path) -> str:
    """The database as SQL statements."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "hongyan.sqlite3")
        database = open_database(f"sqlite:///{file}")
        write_rows()
        database.close()
        connection = sqlite3.connect(file)
        sql = "\n".join(connection.iterdump()) + "\n"
        connection.close()
    path.write_text(sql)
    return sql


def dump_postgres(path: Path) -> str:
    """The database as SQL statements, without what only psql understands."""
    bin_dir = find_postgres()
    if bin_dir is None:
        raise SystemExit(f"PostgreSQL is not installed: {MENDING}")
    with running_postgres(bin_dir) as url:
        database = open_database(url)
        write_rows()
        database.close()
        command = [bin_dir / "pg_dump", "--inserts", "--no-owner", "--no-privileges", url]
        dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [line for line in dump.splitlines() if line and not line.startswith(("--", "\\"))]
    path.write_text("\n".join(lines) + "\n")
    return path.read_text()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    dump_sqlite(FOLDER / f"v{SCHEMA_VERSION}.sqlite.sql")
    dump_postgres(FOLDER / f"v{SCHEMA_VERSION}.postgres.sql")
