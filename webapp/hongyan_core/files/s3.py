"""Bytes of files in an S3-compatible store: `s3://bucket/folder?endpoint=https://...&region=...` (extra `s3`).

Keys and secrets come from where every S3 program finds them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a shared
credentials file, or the machine's role. The bucket must be there, and be open to nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from hongyan_core.files.store import PIECE_BYTES, BlobMissing
from hongyan_core.problems import Problem

_PART_BYTES: Final = 8 * 1024 * 1024  # of a long upload; one is in memory at a time
_WAIT_S: Final = 5
_NOT_THERE: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_log: Final = logging.getLogger(__name__)


class S3Store:
    """A bucket, or a folder of it: `ab/cdef...`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        given = parse_qs(parts.query)
        self._bucket = parts.netloc
        self._folder = parts.path.strip("/")
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=given.get("endpoint", [None])[0],
            region_name=given.get("region", ["us-east-1"])[0],
            config=Config(connect_timeout=_WAIT_S, read_timeout=60, retries={"max_attempts": 3}),
        )
        self._transfer = TransferConfig(
            multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, use_threads=False
        )

    def put(self, blob: str, source: Path) -> None:
        """S3 answers when it has it for good."""
        if not self.exists(blob):
            with _in_our_words(blob):
                self._client.upload_file(str(source), self._bucket, self._key(blob), Config=self._transfer)

    def read(self, blob: str, start: int, stop: int) -> Iterator[bytes]:
        """Streamed: what nobody has asked for yet stays there."""
        if start >= stop:
            return iter(())
        with _in_our_words(blob):
            found = self._client.get_object(Bucket=self._bucket, Key=self._key(blob), Range=f"bytes={start}-{stop - 1}")
        return _read_pieces(found["Body"])

    def delete(self, blob: str) -> None:
        """S3 does not mind when it is not there."""
        with _in_our_words(blob):
            self._client.delete_object(Bucket=self._bucket, Key=self._key(blob))

    def exists(self, blob: str) -> bool:
        """One request."""
        try:
            with _in_our_words(blob):
                self._client.head_object(Bucket=self._bucket, Key=self._key(blob))
        except BlobMissing:
            return False
        return True

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """In pages of a thousand."""
        before = len(self._key(""))
        with _in_our_words(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{self._key('')}{prefix}/"
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    blob = entry["Key"][before:].replace("/", "")
                    yield blob, int(entry["LastModified"].timestamp() * 1_000)

    def _key(self, blob: str) -> str:
        folder = f"{self._folder}/" if self._folder else ""
        return f"{folder}{blob[:2]}/{blob[2:]}" if blob else folder


def _read_pieces(body: Any) -> Iterator[bytes]:
    with closing(body):
        yield from body.iter_chunks(PIECE_BYTES)


@contextmanager
def _in_our_words(blob: str) -> Iterator[None]:
    """What the bucket says is for the operator, not for whoever asks for a file."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NOT_THERE:
            raise BlobMissing(blob) from None
        _log.error("the file store refused: %s", error)
        raise Problem("files_unavailable", wait_s=_WAIT_S) from None
    except (BotoCoreError, boto3.exceptions.Boto3Error) as error:
        _log.error("the file store cannot be reached: %s", error)
        raise Problem("files_unavailable", wait_s=_WAIT_S) from None
