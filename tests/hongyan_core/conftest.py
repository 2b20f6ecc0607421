"""Fixtures of the core's tests."""

from tests.support.database import database, database_url, postgres_url, sqlite_template

__all__ = ["database", "database_url", "postgres_url", "sqlite_template"]
