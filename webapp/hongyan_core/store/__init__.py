"""Records: peewee models, queries, history, migrations, on SQLite and PostgreSQL."""
