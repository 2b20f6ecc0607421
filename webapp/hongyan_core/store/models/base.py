"""What all tables share."""

from __future__ import annotations

from typing import Final

from peewee import SQL, AutoField, BigIntegerField, CharField, Context, DatabaseProxy, Model, NodeList, SqliteDatabase

proxy = DatabaseProxy()
FOREVER_MS: Final = 2**53 - 1  # until it is taken back; the largest number that every language of the API keeps whole


class Table(Model):
    """A model on the database of this process."""

    class Meta:
        """Peewee's settings."""

        database = proxy
        legacy_table_names = False


class NeverReusedField(AutoField):
    """An id that is not given out again after its row was deleted; SQLite gives the highest one out again otherwise."""

    def ddl(self, ctx: Context) -> NodeList:
        """Peewee's hook: the column as it is created."""
        column: NodeList = super().ddl(ctx)
        return NodeList((column, SQL("AUTOINCREMENT"))) if isinstance(proxy.obj, SqliteDatabase) else column


class BytewiseField(CharField):
    """A text in the order of its code points, as SQLite has it: a prefix is a range in no other."""

    def ddl(self, ctx: Context) -> NodeList:
        """Peewee's hook: the column as it is created."""
        column: NodeList = super().ddl(ctx)
        return column if isinstance(proxy.obj, SqliteDatabase) else NodeList((column, SQL('COLLATE "C"')))


class Meta(Table):
    """Single values: `schema_version`, `relations_version` (raised by every change of who may do what)."""

    key = CharField(primary_key=True)
    value = BigIntegerField()
