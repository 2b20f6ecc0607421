"""What a person did wrong, as a code: the doors (web API, command line) make a status and a sentence of it.

A new code? Also: texts.py (zh and en), the table of statuses in hongyan_web, docs/api.md.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

ProblemCode = Literal[
    # the request itself
    "malformed_json",
    "not_json",
    "missing_field",
    "malformed_field",
    "unknown_field",
    "malformed_name",
    "reserved_name",
    "malformed_display_name",
    "weak_password",
    "too_large",
    # who asks
    "not_signed_in",
    "bad_credentials",
    "token_expired",
    "token_invalid",
    "csrf",
    "forbidden_origin",
    # what it names
    "unknown_account",
    "unknown_group",
    "unknown_request",
    "unknown_token",
    "unknown_conversation",
    "name_taken",
    # what stands between people
    "request_to_self",
    "already_friends",
    "already_requested",
    "blocked",
    "you_blocked",
    "not_friends",
    "block_self",
    "already_member",
    "not_a_member",
    "not_owner",
    # registration, mail and sign-in
    "confusable_name",
    "registration_closed",
    "invitation_needed",
    "email_needed",
    "malformed_email",
    "no_mail",
    "invalid_link",
    "unknown_link",
    # second factors, passkeys, providers
    "email_unconfirmed",
    "second_factor_required",
    "wrong_code",
    "sign_in_again",
    "second_factor_on",
    "second_factor_off",
    "passkey_invalid",
    "unknown_passkey",
    "unknown_identity",
    "identity_taken",
    "last_way_in",
    "no_provider",
    "not_pending",
    # profile, devices, bots
    "unknown_device",
    "unknown_session",
    "unknown_bot",
    "persons_only",
    "not_a_picture",
    "bad_picture",
    "picture_too_large",
    "no_picture",
    # administration and reports
    "not_permitted",
    "not_a_person",
    "last_admin",
    "everyone_stays",
    "report_self",
    "unknown_report",
    "unknown_message",
    # contacts and links
    "request_too_soon",
    "unknown_label",
    # groups
    "owner_only",
    "outranked",
    "not_yourself",
    "member_banned",
    "banned",
    "joins_closed",
    "unknown_join_request",
    # files
    "unknown_file",
    "unknown_upload",
    "file_too_large",
    "quota_full",
    "wrong_offset",
    "upload_too_long",
    "upload_busy",
    "not_octets",
    "tus_version",
    "bad_range",
    "files_unavailable",
    # stickers and previews
    "unknown_sticker",
    "unknown_pack",
    "not_your_pack",
    # search and history
    "not_yours",
    # scheduled messages, drafts, receipts
    "past_time",
    "unknown_scheduled",
    # export and import
    "bad_archive",
    "archive_too_large",
    "unknown_import",
    # web push
    "unknown_subscription",
    "push_off",
    "not_pushed",
    # limits and the server
    "too_many",
    "rate_limited",
    "broker_not_ready",
    "store_unavailable",
    "not_found",
    "method_not_allowed",
    "internal",
]
PROBLEM_CODES: Final[tuple[str, ...]] = get_args(ProblemCode)


class Problem(Exception):
    """A request that cannot be done, and why.

    Attributes:
        code: One of `PROBLEM_CODES`.
        field: The field of the request that is to blame, where there is one.
        params: What the text names: `limit` of too_many, `wait_h` of request_too_soon; `wait_s` is a Retry-After.
    """

    def __init__(self, code: ProblemCode, field: str | None = None, **params: object) -> None:
        super().__init__(code if field is None else f"{code}: {field}")
        self.code: str = code
        self.field = field
        self.params: dict[str, object] = params
