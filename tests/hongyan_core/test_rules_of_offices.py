from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from hongyan_core import rules
from hongyan_core.rules import Rule
from hongyan_core.standing import Arrival, Claim, Office, ServerRole

ARRIVAL = Arrival(closed=False, by_invitation=False, email_demanded=False)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(ARRIVAL, None, id="an open server"),
        pytest.param(Arrival(first=True), None, id="the first one, on any terms"),
        pytest.param(replace(ARRIVAL, closed=True), "registration_closed", id="a closed server"),
        pytest.param(
            replace(ARRIVAL, closed=True, by_invitation=True, has_code=True, code_holds=True),
            "registration_closed",
            id="a closed server and an invitation",
        ),
        pytest.param(replace(ARRIVAL, by_invitation=True), "invitation_needed", id="nobody was invited"),
        pytest.param(replace(ARRIVAL, by_invitation=True, has_code=True), "invalid_link", id="an invitation of old"),
        pytest.param(replace(ARRIVAL, by_invitation=True, has_code=True, code_holds=True), None, id="invited"),
        pytest.param(replace(ARRIVAL, has_code=True), None, id="an invitation of old that nobody asks for"),
        pytest.param(replace(ARRIVAL, email_demanded=True), "email_needed", id="no address"),
        pytest.param(replace(ARRIVAL, email_demanded=True, has_email=True), None, id="an address"),
    ],
)
def test_registering(facts: Arrival, expected: str | None) -> None:
    assert rules.REGISTER.decide(facts) == expected


def test_only_who_moderates_invites_and_only_in_person() -> None:
    allowed = {
        (role, in_person)
        for role, in_person in product(ServerRole, (False, True))
        if rules.INVITE_TO_SERVER.decide(Office(role=role, in_person=in_person)) is None
    }
    assert allowed == {(ServerRole.ADMIN, True), (ServerRole.MODERATOR, True)}


BOSS, KEEPER, USER = ServerRole.ADMIN, ServerRole.MODERATOR, ServerRole.USER
# Who acts upon whom → what may be done: Disable, Enable, change the Role, rEset the password, deleTe.
OFFICES: dict[tuple[ServerRole, ServerRole], str] = {
    (BOSS, BOSS): "D E R S T",
    (BOSS, KEEPER): "D E R S T",
    (BOSS, USER): "D E R S T",
    (KEEPER, BOSS): "",
    (KEEPER, KEEPER): "",
    (KEEPER, USER): "D E",
    (USER, BOSS): "",
    (USER, KEEPER): "",
    (USER, USER): "",
}
DEEDS = {
    "D": rules.DISABLE_ACCOUNT,
    "E": rules.ENABLE_ACCOUNT,
    "R": rules.CHANGE_ROLE,
    "S": rules.RESET_PASSWORD,
    "T": rules.DELETE_ACCOUNT,
}


@pytest.mark.parametrize(("roles", "allowed"), OFFICES.items(), ids=[f"{a} upon {b}" for a, b in OFFICES])
def test_who_acts_upon_whom(roles: tuple[ServerRole, ServerRole], allowed: str) -> None:
    facts = Office(role=roles[0], other_role=roles[1], in_person=True, known=True, person=True, keeps_admin=True)
    assert [letter for letter, rule in DEEDS.items() if rule.decide(facts) is None] == allowed.split()
    assert {rule.decide(facts) for rule in DEEDS.values()} <= {None, "not_permitted"}


@pytest.mark.parametrize("rule", [*DEEDS.values(), rules.MODERATE, rules.ADMINISTER, rules.DELETE_MYSELF])
def test_a_device_token_holds_no_office(rule: Rule[Office, Any]) -> None:
    facts = Office(role=BOSS, in_person=False, known=True, person=True, keeps_admin=True)
    assert rule.decide(facts) == "not_permitted"


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        pytest.param(
            rules.DISABLE_ACCOUNT,
            Office(role=BOSS, in_person=True, known=True, myself=True, keeps_admin=True),
            "not_yourself",
            id="an administrator keeps themselves out",
        ),
        pytest.param(
            rules.DISABLE_ACCOUNT,
            Office(role=BOSS, in_person=True, known=True, other_role=BOSS),
            "last_admin",
            id="the command line disables the last one",
        ),
        pytest.param(rules.DISABLE_ACCOUNT, Office(role=BOSS, in_person=True), "unknown_account", id="nobody"),
        pytest.param(
            rules.CHANGE_ROLE,
            Office(role=BOSS, in_person=True, known=True, keeps_admin=True),
            "not_a_person",
            id="a bot in office",
        ),
        pytest.param(
            rules.CHANGE_ROLE,
            Office(role=BOSS, in_person=True, known=True, person=True, myself=True),
            "last_admin",
            id="the last one resigns",
        ),
        pytest.param(
            rules.RESET_PASSWORD,
            Office(role=BOSS, in_person=True, known=True),
            "not_a_person",
            id="the password of a bot",
        ),
        pytest.param(
            rules.DELETE_ACCOUNT,
            Office(role=BOSS, in_person=True, known=True, myself=True, keeps_admin=True),
            "not_yourself",
            id="oneself, without a proof",
        ),
        pytest.param(
            rules.DELETE_MYSELF,
            Office(in_person=True, known=True, myself=True, keeps_admin=True),
            None,
            id="anybody deletes themselves",
        ),
        pytest.param(
            rules.DELETE_MYSELF,
            Office(role=BOSS, in_person=True, known=True, myself=True),
            "last_admin",
            id="but not the last administrator",
        ),
        pytest.param(rules.MODERATE, Office(role=KEEPER, in_person=True), None, id="a moderator moderates"),
        pytest.param(rules.ADMINISTER, Office(role=KEEPER, in_person=True), "not_permitted", id="and no more"),
        pytest.param(rules.ADMINISTER, Office(role=BOSS, in_person=True), None, id="an administrator administers"),
    ],
)
def test_deeds_for_the_whole_server(rule: Rule[Office, Any], facts: Office, expected: str | None) -> None:
    assert rule.decide(facts) == expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (Claim(visible=True), [None, None, None]),
        (Claim(visible=True, myself=True), ["report_self", None, None]),
        (Claim(), ["unknown_account", "unknown_group", "unknown_message"]),
    ],
)
def test_reports_are_of_what_one_sees_but_oneself(claim: Claim, expected: list[str | None]) -> None:
    asked = (rules.REPORT_PERSON, rules.REPORT_GROUP, rules.REPORT_MESSAGE)
    assert [rule.decide(claim) for rule in asked] == expected
