"""How somebody stands to another, or in a group: the facts that the rules ask for. Values only, no database.

Nothing known is the default, and the rules allow nothing then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a member is in a group."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class ServerRole(StrEnum):
    """What an account is for the whole server."""

    ADMIN = "admin"
    MODERATOR = "moderator"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Pair:
    """How one account, who wants something, stands to another. Nothing known is the default: nothing allowed."""

    in_use: bool = True  # the one who acts is neither disabled nor deleted
    other_in_use: bool = False  # the other exists and is neither disabled nor deleted
    myself: bool = False  # both are one
    friends: bool = False
    blocks_me: bool = False  # the other has blocked the one who acts
    blocked_by_me: bool = False
    in_scope: bool = True  # the one who acts is no bot, or a bot whose owner lets it write here
    requested: bool = False  # a friend request of mine is waiting for the other's answer
    have_history: bool = False  # there are messages between the two
    # contacts and links
    asks_me: bool = False  # a friend request of the other's is waiting for my answer
    hidden: bool = False  # the other does not want to be found by name
    by_link: bool = False  # the other's personal link was shown
    fellows: bool = False  # both are members of a group; known only where a rule asks for it

    @property
    def friends_or_self(self) -> bool:
        """Whom one may write to: friends, and oneself for notes."""
        return self.friends or self.myself

    @property
    def acquainted(self) -> bool:
        """Friends now, or once in a conversation."""
        return self.friends or self.have_history

    @property
    def shown(self) -> bool:
        """The other lets the one who acts see that they are there: a block hides from all but friends."""
        invited = self.by_link or self.asks_me or not self.hidden
        return self.myself or self.friends or (invited and not self.blocks_me)

    @property
    def met(self) -> bool:
        """The one who acts knows that the other is there, whatever the other does."""
        return self.shown or self.have_history or self.fellows or self.blocked_by_me

    @property
    def converses(self) -> bool:
        """There is a conversation: with a friend, a friend of once, or oneself."""
        return self.acquainted or self.myself


@dataclass(frozen=True, slots=True)
class Glance:
    """An account and the profile of another that it wants to see."""

    myself: bool = False
    other_in_use: bool = False
    hidden: bool = False  # wants to be found by nobody
    blocks_me: bool = False
    friends: bool = False
    requested: bool = False  # a friend request waits between the two, whoever sent it
    have_history: bool = False
    share_group: bool = False  # now or once, and not as two readers of a channel
    owned: bool = False  # a bot or device of mine

    @property
    def in_sight(self) -> bool:
        """Everybody may look who is not kept out; who knows the other already sees also the hidden and the gone."""
        open_to_all = self.other_in_use and not self.hidden and not self.blocks_me
        known = self.friends or self.requested or self.have_history or self.share_group
        return open_to_all or known or self.myself or self.owned


@dataclass(frozen=True, slots=True)
class Plan:
    """An account that begins a message, or leaves one for later."""

    converses: bool = False  # there is such a conversation of the account's
    ahead: bool = False  # the time is to come, within a year
    has_room: bool = True  # one more may wait


@dataclass(frozen=True, slots=True)
class Listing:
    """An account and a conversation that is to stand in another way in its list."""

    converses: bool = False  # there is such a conversation of the account's
    has_room: bool = True  # one more may be pinned


@dataclass(frozen=True, slots=True)
class Ownership:
    """An account and a bot, or the wish to have one."""

    is_person: bool = False  # no bot: those own nothing and invite nobody
    owned: bool = False  # the bot is there, and the account's own
    has_room: bool = True  # the account may have one more


@dataclass(frozen=True, slots=True)
class StickerStanding:
    """An account and a pack of stickers, or the wish to have one."""

    pack_known: bool = False  # there is a pack of this name
    own_pack: bool = False  # the account has made it
    own_file: bool = False  # the account has uploaded the file
    picture: bool = False  # the file is a picture
    room_left: bool = False  # for one more


@dataclass(frozen=True, slots=True)
class Seat:
    """An account and a group. No role: not a member, or no such group."""

    in_use: bool = True
    role: Role | None = None
    in_scope: bool = True
    muted: bool = False  # at this moment, alone or with all who are no admins
    only_admins_write: bool = False  # a channel, or a group for announcements
    everyones: bool = False  # the channel of everybody, which nobody leaves

    @property
    def member(self) -> bool:
        """A member of today, in any role."""
        return self.role is not None

    @property
    def manages(self) -> bool:
        """The one who acts is the owner or an admin."""
        return self.role in (Role.OWNER, Role.ADMIN)

    @property
    def is_writer(self) -> bool:
        """One of those who write here."""
        return not self.only_admins_write or self.manages


@dataclass(frozen=True, slots=True)
class Touch:
    """An account and a message that it wants to mark."""

    seen: bool = False  # it is in this conversation, not gone, no line of a group, no mark, and the account sees it
    own: bool = False  # the account has sent it
    in_group: bool = False
    manages_group: bool = False  # the account is owner or admin of the group
    has_words: bool = False  # a text, or a kind with a caption
    in_time: bool = False  # not older than what may be edited and taken back
    poll: bool = False  # it is a poll
    open: bool = False  # a poll that nobody has closed, and whose time is not over
    voted: bool = False  # the account has voted, and wants to vote again
    has_room: bool = True  # one more of the kind may be there

    @property
    def own_or_managed(self) -> bool:
        """One's own, or in a group that one manages."""
        return self.own or self.manages_group

    @property
    def in_time_or_managed(self) -> bool:
        """In time, or in a group that one manages."""
        return self.in_time or self.manages_group

    @property
    def may_pin(self) -> bool:
        """Each of two people; in a group who manages it."""
        return self.manages_group or not self.in_group


@dataclass(frozen=True, slots=True)
class Administration:
    """A member who acts upon a group, or upon another account in it."""

    role: Role | None = None
    other_role: Role | None = None
    pair: Pair = field(default_factory=Pair)
    has_room: bool = True  # the group may have one more member
    members_invite: bool = False  # the group's setting: not only admins let people in
    channel: bool = False  # many readers, who do not see each other
    everyones: bool = False  # the channel of everybody, which nobody leaves
    banned: bool = False  # the other may not come back
    known: bool = False  # the other is or was a member, or has asked to be one

    @property
    def member(self) -> bool:
        """The one who acts is a member."""
        return self.role is not None

    @property
    def manages(self) -> bool:
        """The one who acts is the owner or an admin."""
        return self.role in (Role.OWNER, Role.ADMIN)

    @property
    def owns(self) -> bool:
        """The one who acts is the owner."""
        return self.role is Role.OWNER

    @property
    def invites(self) -> bool:
        """The one who acts may let people in."""
        return self.manages or (self.member and self.members_invite)

    @property
    def sees_members(self) -> bool:
        """The one who acts may see who else is in."""
        return self.manages or (self.member and not self.channel)

    @property
    def outranks(self) -> bool:
        """The owner outranks everybody else, an admin plain members and whoever is outside."""
        return self.role is Role.OWNER or (self.role is Role.ADMIN and self.other_role in (Role.MEMBER, None))

    @property
    def myself(self) -> bool:
        """The other is the one who acts."""
        return self.pair.myself

    @property
    def myself_or_manages(self) -> bool:
        """What anybody may do to themselves, and admins to others."""
        return self.member and (self.myself or self.manages)

    @property
    def myself_or_outranks(self) -> bool:
        """The same, as far as admins reach."""
        return self.member and (self.myself or self.outranks)

    @property
    def other_is_member(self) -> bool:
        """The other account is a member."""
        return self.other_role is not None

    @property
    def other_in_use(self) -> bool:
        """The other account exists and is neither disabled nor deleted."""
        return self.pair.other_in_use

    @property
    def friends(self) -> bool:
        """The two are friends."""
        return self.pair.friends

    @property
    def blocks_me(self) -> bool:
        """The other has blocked the one who acts."""
        return self.pair.blocks_me

    @property
    def blocked_by_me(self) -> bool:
        """The one who acts has blocked the other."""
        return self.pair.blocked_by_me


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who comes to a group by a link."""

    link_works: bool = False  # of a group that is there; neither ended, expired nor used up
    member: bool = False  # already
    banned: bool = False
    joins_open: bool = False  # the group's setting: links count, at once or after an admin's yes
    has_room: bool = True


# --- registration, mail and sign-in


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who wants an account."""

    first: bool = False  # nobody has one yet: whoever set the server up
    closed: bool = True
    by_invitation: bool = True  # nobody comes without one
    has_code: bool = False  # an invitation was shown
    code_holds: bool = False  # and counts
    email_demanded: bool = True
    has_email: bool = False

    @property
    def taken_in(self) -> bool:
        """The server takes new accounts."""
        return self.first or not self.closed

    @property
    def asked(self) -> bool:
        """An invitation was shown where one is needed."""
        return self.first or not self.by_invitation or self.has_code

    @property
    def invited(self) -> bool:
        """The invitation counts where one is needed."""
        return self.first or not self.by_invitation or self.code_holds

    @property
    def reachable(self) -> bool:
        """An address was given where one is needed."""
        return self.first or not self.email_demanded or self.has_email


# --- administration and reports


@dataclass(frozen=True, slots=True)
class Office:
    """An account that acts for the whole server, perhaps upon another account."""

    role: ServerRole = ServerRole.USER
    in_person: bool = False  # in a browser or at the server's own command line, not by a device token
    known: bool = False  # the other account exists and is not deleted
    person: bool = False  # it is no bot and no device
    myself: bool = False  # both are one
    other_role: ServerRole = ServerRole.USER
    keeps_admin: bool = False  # afterwards somebody still administers the server

    @property
    def administers(self) -> bool:
        """An administrator."""
        return self.role is ServerRole.ADMIN

    @property
    def moderates(self) -> bool:
        """A moderator or an administrator."""
        return self.role is not ServerRole.USER

    @property
    def outranks(self) -> bool:
        """An administrator outranks everybody else, a moderator those who hold no office."""
        return self.administers or (self.moderates and self.other_role is ServerRole.USER)


@dataclass(frozen=True, slots=True)
class Claim:
    """An account that reports a person, a group or a message."""

    visible: bool = False  # the one who reports can see it
    myself: bool = False


# --- files


@dataclass(frozen=True, slots=True)
class Room:
    """An account and a file that it wants to upload."""

    small_enough: bool = False  # the file has no more bytes than this server takes
    has_slot: bool = False  # not too many other uploads are on their way
    within_quota: bool = False  # with all that the account keeps and has begun to upload
