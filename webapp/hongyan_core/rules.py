"""Who may do what: one pure table, refused unless every need holds.

A rule is a list of needs, read from the top: (a fact, what it must be, the code when it is not). The order is part
of the rule, because the first code that does not hold is what a person learns: an unknown name and a stranger get
one answer, and only a friend is told of a block.

    rules.SEND_TO_USER.decide(Pair(other_in_use=True, friends=True))   # None: allowed
    rules.SEND_TO_USER.decide(Pair(other_in_use=True))                 # Code.NOT_FRIENDS
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from hongyan.errors import Code
from hongyan_core.problems import ProblemCode
from hongyan_core.standing import (
    Administration,
    Arrival,
    Claim,
    Entry,
    Glance,
    Listing,
    Office,
    Ownership,
    Pair,
    Plan,
    Room,
    Seat,
    StickerStanding,
    Touch,
)

_Facts = TypeVar("_Facts")
_Refusal = TypeVar("_Refusal", bound=str)


@dataclass(frozen=True, slots=True)
class Rule(Generic[_Facts, _Refusal]):
    """The needs of one deed."""

    needs: tuple[tuple[str, bool, _Refusal], ...]

    def decide(self, facts: _Facts) -> _Refusal | None:
        """The code of the first need that does not hold; None allows."""
        for fact, wanted, refusal in self.needs:
            if getattr(facts, fact) is not wanted:
                return refusal
        return None


# --- messages, as the exchange asks

_TALK_TO_USER: Final[Rule[Pair, Code]] = Rule(
    (
        ("in_use", True, Code.ACCOUNT_DISABLED),
        ("other_in_use", True, Code.NOT_FRIENDS),
        ("friends", True, Code.NOT_FRIENDS),  # oneself is nobody's friend
        ("blocked_by_me", False, Code.YOU_BLOCKED),
        ("blocks_me", False, Code.BLOCKED),
    )
)
_BE_IN_GROUP: Final[Rule[Seat, Code]] = Rule(
    (
        ("in_use", True, Code.ACCOUNT_DISABLED),
        ("member", True, Code.NOT_MEMBER),
    )
)
_WRITE_TO_USER: Final[Rule[Pair, Code]] = Rule(
    (
        ("in_use", True, Code.ACCOUNT_DISABLED),
        ("other_in_use", True, Code.NOT_FRIENDS),
        ("friends_or_self", True, Code.NOT_FRIENDS),
        ("blocked_by_me", False, Code.YOU_BLOCKED),
        ("blocks_me", False, Code.BLOCKED),
        ("in_scope", True, Code.OUT_OF_SCOPE),
    )
)
_WRITE_TO_GROUP: Final[Rule[Seat, Code]] = Rule(
    (
        *_BE_IN_GROUP.needs,
        ("in_scope", True, Code.OUT_OF_SCOPE),
        ("is_writer", True, Code.ANNOUNCEMENTS_ONLY),
        ("muted", False, Code.MUTED),
    )
)
SEND_TO_USER: Final = _WRITE_TO_USER
SIGNAL_TO_USER: Final = _WRITE_TO_USER
# To mark is one's own affair, even after the friendship; that the other hears of it is talk.
MARK_READ_WITH_USER: Final[Rule[Pair, Code]] = Rule(
    (
        ("in_use", True, Code.ACCOUNT_DISABLED),
        ("acquainted", True, Code.NOT_FRIENDS),
    )
)
SHOW_READ_MARK: Final = _TALK_TO_USER
SEND_TO_GROUP: Final = _WRITE_TO_GROUP
SIGNAL_TO_GROUP: Final = _WRITE_TO_GROUP
MARK_READ_IN_GROUP: Final = _BE_IN_GROUP
FOLLOW_FEED: Final = _BE_IN_GROUP
SEE_PRESENCE: Final = _TALK_TO_USER  # a block hides both from each other

# --- marks on messages, as the exchange asks

# Whether one may mark at all: who only reads in a channel answers polls and shows what it thinks of a message.
MARK_WITH_USER: Final = _WRITE_TO_USER
MARK_IN_GROUP: Final[Rule[Seat, Code]] = Rule(
    (
        *_BE_IN_GROUP.needs,
        ("in_scope", True, Code.OUT_OF_SCOPE),
        ("muted", False, Code.MUTED),
    )
)
# To take back is one's own affair, even after the friendship.
TAKE_BACK_WITH_USER: Final[Rule[Pair, Code]] = Rule(
    (
        ("in_use", True, Code.ACCOUNT_DISABLED),
        ("converses", True, Code.NOT_FRIENDS),
    )
)
TAKE_BACK_IN_GROUP: Final = _BE_IN_GROUP
# And this message.
_SEE: Final = ("seen", True, Code.UNKNOWN_MESSAGE)
EDIT: Final[Rule[Touch, Code]] = Rule(
    (
        _SEE,
        ("own", True, Code.NOT_YOURS),
        ("has_words", True, Code.NOT_EDITABLE),
        ("in_time", True, Code.TOO_LATE),
    )
)
RECALL: Final[Rule[Touch, Code]] = Rule(
    (
        _SEE,
        ("own_or_managed", True, Code.NOT_YOURS),
        ("in_time_or_managed", True, Code.TOO_LATE),
    )
)
REACT: Final[Rule[Touch, Code]] = Rule(
    (
        _SEE,
        ("has_room", True, Code.TOO_MANY),
    )
)
PIN: Final[Rule[Touch, Code]] = Rule(
    (
        _SEE,
        ("may_pin", True, Code.ADMINS_ONLY),
        ("has_room", True, Code.TOO_MANY),
    )
)
VOTE: Final[Rule[Touch, Code]] = Rule(
    (
        _SEE,
        ("poll", True, Code.UNKNOWN_MESSAGE),
        ("open", True, Code.TOO_LATE),
        ("voted", False, Code.ALREADY_VOTED),
    )
)
CLOSE_POLL: Final[Rule[Touch, Code]] = Rule(
    (
        _SEE,
        ("poll", True, Code.UNKNOWN_MESSAGE),
        ("own", True, Code.NOT_YOURS),
        ("open", True, Code.TOO_LATE),
    )
)
MENTION_EVERYBODY: Final[Rule[Seat, Code]] = Rule(
    (
        ("member", True, Code.NOT_MEMBER),
        ("manages", True, Code.ADMINS_ONLY),
    )
)
SEND_CARD_OF: Final[Rule[Pair, Code]] = Rule(  # somebody's, to others
    (
        ("other_in_use", True, Code.UNKNOWN_ACCOUNT),
        ("friends_or_self", True, Code.UNKNOWN_ACCOUNT),
    )
)

# --- scheduled messages, drafts, receipts

# Whether one may write there is asked when the time has come.
SCHEDULE: Final[Rule[Plan, ProblemCode]] = Rule(
    (
        ("converses", True, "unknown_conversation"),
        ("ahead", True, "past_time"),
        ("has_room", True, "too_many"),
    )
)
KEEP_DRAFT: Final[Rule[Plan, ProblemCode]] = Rule((("converses", True, "unknown_conversation"),))
KEEP_LIST_MARK: Final[Rule[Listing, ProblemCode]] = Rule(
    (
        ("converses", True, "unknown_conversation"),
        ("has_room", True, "too_many"),
    )
)

# --- files, stickers and previews

MAKE_PACK: Final[Rule[StickerStanding, ProblemCode]] = Rule((("room_left", True, "too_many"),))
CHANGE_PACK: Final[Rule[StickerStanding, ProblemCode]] = Rule(
    (
        ("pack_known", True, "unknown_pack"),
        ("own_pack", True, "not_your_pack"),
    )
)
PUT_STICKER: Final[Rule[StickerStanding, ProblemCode]] = Rule(
    (
        *CHANGE_PACK.needs,
        ("own_file", True, "unknown_file"),
        ("picture", True, "bad_picture"),
        ("room_left", True, "too_many"),
    )
)
SAVE_PACK: Final[Rule[StickerStanding, ProblemCode]] = Rule(
    (
        ("pack_known", True, "unknown_pack"),
        ("room_left", True, "too_many"),
    )
)
BEGIN_UPLOAD: Final[Rule[Room, ProblemCode]] = Rule(
    (
        ("small_enough", True, "file_too_large"),
        ("has_slot", True, "too_many"),
        ("within_quota", True, "quota_full"),
    )
)

# --- search and history

HIDE_MESSAGE: Final[Rule[Claim, ProblemCode]] = Rule((("visible", True, "unknown_message"),))
# How long messages stay. Who has blocked somebody, or was blocked, changes nothing for the other any more.
CHANGE_WITH_USER: Final[Rule[Pair, ProblemCode]] = Rule(
    (
        ("converses", True, "unknown_conversation"),
        ("other_in_use", True, "unknown_conversation"),
        ("friends_or_self", True, "not_friends"),
        ("blocked_by_me", False, "you_blocked"),
        ("blocks_me", False, "blocked"),
    )
)
CHANGE_IN_GROUP: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_conversation"),
        ("manages", True, "not_owner"),
    )
)

# --- export and import

# An archive may be a hundred thousand messages: who may change how long messages stay may bring one.
IMPORT_WITH_USER: Final = CHANGE_WITH_USER
IMPORT_IN_GROUP: Final = CHANGE_IN_GROUP

# --- people and groups, as the actions ask

REQUEST_FRIEND: Final[Rule[Pair, ProblemCode]] = Rule(
    (
        ("myself", False, "request_to_self"),
        ("other_in_use", True, "unknown_account"),
        ("friends", False, "already_friends"),
        ("requested", False, "already_requested"),  # before a block, which would be told by another answer
        ("shown", True, "unknown_account"),
        ("blocked_by_me", False, "you_blocked"),
    )
)
ACCEPT_REQUEST: Final[Rule[Pair, ProblemCode]] = Rule(
    (
        ("other_in_use", True, "unknown_account"),
        ("blocked_by_me", False, "you_blocked"),
        ("blocks_me", False, "unknown_request"),  # as if it had been withdrawn
    )
)
UNFRIEND: Final[Rule[Pair, ProblemCode]] = Rule((("friends", True, "not_friends"),))
BLOCK: Final[Rule[Pair, ProblemCode]] = Rule(
    (
        ("myself", False, "block_self"),
        ("other_in_use", True, "unknown_account"),
        ("met", True, "unknown_account"),
    )
)
SEE_PROFILE: Final[Rule[Glance, ProblemCode]] = Rule((("in_sight", True, "unknown_account"),))
CREATE_BOT: Final[Rule[Ownership, ProblemCode]] = Rule(
    (
        ("is_person", True, "persons_only"),
        ("has_room", True, "too_many"),
    )
)
MANAGE_BOT: Final[Rule[Ownership, ProblemCode]] = Rule((("owned", True, "unknown_bot"),))
# groups
# --- contacts and links

# One answer for who is not there, is hidden or has blocked the viewer: in search, requests and profile.
FIND_PERSON: Final[Rule[Pair, ProblemCode]] = Rule(
    (
        ("other_in_use", True, "unknown_account"),
        ("shown", True, "unknown_account"),
    )
)
CHANGE_CONTACT: Final[Rule[Pair, ProblemCode]] = Rule((("friends", True, "not_friends"),))
MUTE_WITH_USER: Final[Rule[Pair, ProblemCode]] = Rule((("converses", True, "unknown_conversation"),))
MUTE_IN_GROUP: Final[Rule[Seat, ProblemCode]] = Rule((("member", True, "unknown_conversation"),))

# --- groups

ADD_MEMBER: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_group"),
        ("invites", True, "not_owner"),
        ("other_is_member", False, "already_member"),
        ("friends", True, "not_friends"),  # an unknown name and a stranger alike
        ("other_in_use", True, "not_friends"),
        ("blocked_by_me", False, "you_blocked"),
        ("blocks_me", False, "blocked"),
        ("banned", False, "member_banned"),
        ("has_room", True, "too_many"),
    )
)
REMOVE_MEMBER: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_group"),
        ("manages", True, "not_owner"),
        ("everyones", False, "everyone_stays"),
        ("other_is_member", True, "not_a_member"),
        ("outranks", True, "outranked"),
    )
)
MUTE_MEMBER: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_group"),
        ("manages", True, "not_owner"),
        ("other_is_member", True, "not_a_member"),
        ("myself", False, "not_yourself"),
        ("outranks", True, "outranked"),
    )
)
NAME_MEMBER: Final[Rule[Administration, ProblemCode]] = Rule(  # a nickname
    (
        ("member", True, "unknown_group"),
        ("myself_or_manages", True, "not_owner"),
        ("other_is_member", True, "not_a_member"),
        ("myself_or_outranks", True, "outranked"),
    )
)
BAN: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_group"),
        ("manages", True, "not_owner"),
        ("everyones", False, "everyone_stays"),
        ("myself", False, "not_yourself"),
        ("known", True, "not_a_member"),  # an unknown name and somebody who never came alike
        ("outranks", True, "outranked"),
    )
)
SET_ROLE: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_group"),
        ("owns", True, "owner_only"),
        ("other_is_member", True, "not_a_member"),
        ("myself", False, "not_yourself"),
    )
)
TRANSFER: Final[Rule[Administration, ProblemCode]] = Rule((*SET_ROLE.needs, ("other_in_use", True, "not_a_member")))
DISSOLVE: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_group"),
        ("owns", True, "owner_only"),
    )
)
CHANGE_GROUP: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_group"),
        ("manages", True, "not_owner"),
    )
)
ANNOUNCE: Final = CHANGE_GROUP
SEE_READERS: Final = CHANGE_GROUP
UNBAN: Final = CHANGE_GROUP
SEE_BANS: Final = CHANGE_GROUP
DECIDE_JOIN: Final = CHANGE_GROUP
LET_IN: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        *DECIDE_JOIN.needs,
        ("other_in_use", True, "unknown_join_request"),
        ("has_room", True, "too_many"),
    )
)
INVITE: Final[Rule[Administration, ProblemCode]] = Rule(  # links into the group
    (
        ("member", True, "unknown_group"),
        ("invites", True, "not_owner"),
    )
)
SEE_MEMBERS: Final[Rule[Administration, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_group"),
        ("sees_members", True, "not_owner"),
    )
)
JOIN_BY_LINK: Final[Rule[Entry, ProblemCode]] = Rule(
    (
        ("link_works", True, "invalid_link"),
        ("banned", False, "banned"),
        ("member", False, "already_member"),
        ("joins_open", True, "joins_closed"),
        ("has_room", True, "too_many"),
    )
)
LEAVE_GROUP: Final[Rule[Seat, ProblemCode]] = Rule(
    (
        ("member", True, "unknown_group"),
        ("everyones", False, "everyone_stays"),
    )
)

# --- registration, mail and sign-in

REGISTER: Final[Rule[Arrival, ProblemCode]] = Rule(
    (
        ("taken_in", True, "registration_closed"),
        ("asked", True, "invitation_needed"),
        ("invited", True, "invalid_link"),
        ("reachable", True, "email_needed"),
    )
)

# --- administration and reports

MODERATE: Final[Rule[Office, ProblemCode]] = Rule(
    (
        ("in_person", True, "not_permitted"),
        ("moderates", True, "not_permitted"),
    )
)
INVITE_TO_SERVER: Final = MODERATE
ADMINISTER: Final[Rule[Office, ProblemCode]] = Rule(
    (
        ("in_person", True, "not_permitted"),
        ("administers", True, "not_permitted"),
    )
)
ENABLE_ACCOUNT: Final[Rule[Office, ProblemCode]] = Rule(
    (
        *MODERATE.needs,
        ("known", True, "unknown_account"),
        ("outranks", True, "not_permitted"),
    )
)
DISABLE_ACCOUNT: Final[Rule[Office, ProblemCode]] = Rule(
    (
        *ENABLE_ACCOUNT.needs,
        ("myself", False, "not_yourself"),
        ("keeps_admin", True, "last_admin"),
    )
)
CHANGE_ROLE: Final[Rule[Office, ProblemCode]] = Rule(
    (
        *ADMINISTER.needs,
        ("known", True, "unknown_account"),
        ("person", True, "not_a_person"),
        ("keeps_admin", True, "last_admin"),
    )
)
RESET_PASSWORD: Final[Rule[Office, ProblemCode]] = Rule(
    (
        *ADMINISTER.needs,
        ("known", True, "unknown_account"),
        ("person", True, "not_a_person"),
    )
)
DELETE_ACCOUNT: Final[Rule[Office, ProblemCode]] = Rule(
    (
        *ADMINISTER.needs,
        ("known", True, "unknown_account"),
        ("myself", False, "not_yourself"),
        ("keeps_admin", True, "last_admin"),
    )
)
# One's own; that it is by its owner is proven by the password.
DELETE_MYSELF: Final[Rule[Office, ProblemCode]] = Rule(
    (
        ("in_person", True, "not_permitted"),
        ("known", True, "unknown_account"),
        ("keeps_admin", True, "last_admin"),
    )
)
REPORT_PERSON: Final[Rule[Claim, ProblemCode]] = Rule(
    (
        ("myself", False, "report_self"),
        ("visible", True, "unknown_account"),
    )
)
REPORT_GROUP: Final[Rule[Claim, ProblemCode]] = Rule((("visible", True, "unknown_group"),))
REPORT_MESSAGE: Final[Rule[Claim, ProblemCode]] = Rule((("visible", True, "unknown_message"),))
