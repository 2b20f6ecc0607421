from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan import envelope
from hongyan.envelope import Draft, Mark, Message, encode_draft, encode_stamped, parse_draft, parse_message
from hongyan.errors import Code, MalformedEnvelope
from hongyan.kinds import KINDS
from hongyan.topics import group, user
from tests.hongyan.cases import payload_of, read_cases

MAX_INT = 9_223_372_036_854_775_807
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
fields = st.dictionaries(st.sampled_from(["id", "kind", "body", "data", "ext", "seq", "x"]), values)
payloads = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
    fields.map(lambda value: json.dumps(value).encode()),
    fields.map(lambda value: json.dumps({"kind": "text", "body": "hi"} | value).encode()),
    fields.map(lambda value: json.dumps({"kind": "data", "data": value}).encode()),
)


def name_of(case):
    return case["name"]


@pytest.mark.parametrize("case", read_cases("envelope.json", "drafts"), ids=name_of)
def test_a_draft_is_read_or_refused(case):
    if not case["refused"]:
        draft = parse_draft(payload_of(case))
        assert (draft.kind, draft.id) == (case["kind"], case["id"])
        assert draft.fields == case.get("fields", draft.fields)
        return
    with pytest.raises(MalformedEnvelope) as refused:
        parse_draft(payload_of(case))
    assert refused.value.code is Code.MALFORMED
    assert (refused.value.field, refused.value.message_id) == (case["error_field"], case["error_id"])


@pytest.mark.parametrize("case", read_cases("envelope.json", "messages"), ids=name_of)
def test_a_stamped_message_is_read_or_refused(case):
    if not case["valid"]:
        with pytest.raises(MalformedEnvelope):
            parse_message(payload_of(case))
        return
    wanted = case["message"]
    assert parse_message(payload_of(case)) == Message(
        id=wanted["id"],
        kind=wanted["kind"],
        body=wanted["body"],
        seq=wanted["seq"],
        at_ms=wanted["at"],
        sender=wanted["from"],
        to=wanted["to"],
        data=wanted.get("data"),
        ext=wanted.get("ext", {}),
        fields=wanted.get("fields", {}),
    )


@pytest.mark.parametrize("case", read_cases("envelope.json", "kinds"), ids=name_of)
def test_a_draft_of_each_kind_is_read_or_refused(case):
    payload = json.dumps({"id": "m1"} | case["draft"]).encode()
    if case["error_field"] is None:
        fields = {name: value for name, value in case["draft"].items() if name != "kind"}
        assert parse_draft(payload) == Draft(case["draft"]["kind"], fields, "m1")
        return
    with pytest.raises(MalformedEnvelope) as refused:
        parse_draft(payload)
    assert (refused.value.field, refused.value.message_id) == (case["error_field"], "m1")


@pytest.mark.parametrize("case", read_cases("envelope.json", "stamped"), ids=name_of)
def test_a_stamped_message_of_each_kind_keeps_its_fields(case):
    message = parse_message(json.dumps(case["message"]))
    own = ("id", "kind", "body", "from", "to", "seq", "at", "data", "ext")
    assert message.fields == {name: value for name, value in case["message"].items() if name not in own}
    extras = {"reply": None, "thread": None, "mentions": [], "edited": None} | case.get("extras", {})
    assert (message.reply, message.thread, message.edited_ms) == (extras["reply"], extras["thread"], extras["edited"])
    assert list(message.mentions) == extras["mentions"]


@pytest.mark.parametrize(
    ("fields", "of"),
    [({"of": 7}, 7), ({"of": [3, 4]}, 3), ({"of": []}, 0), ({"of": "7"}, 0), ({}, 0)],
    ids=["one", "several", "none", "a text", "nothing"],
)
def test_a_mark_names_its_message(fields, of):
    stamp = {"id": "m1", "kind": "erase", "from": "ann", "to": "group/lab", "seq": 9, "at": 1}
    mark = parse_message(json.dumps(stamp | fields))
    assert isinstance(mark, Mark)
    assert mark.of == of


def test_every_kind_of_draft_and_of_message_has_a_case():
    drafts = {case["draft"]["kind"] for case in read_cases("envelope.json", "kinds") if case["error_field"] is None}
    assert drafts == set(KINDS)
    stamped = {case["message"]["kind"] for case in read_cases("envelope.json", "stamped")}
    assert stamped == (set(KINDS) - {"card"}) | {"gone", "erase"}


def test_the_largest_number_of_64_bits_is_kept():
    assert parse_draft(b'{"n":9223372036854775807}').fields == {"data": {"n": MAX_INT}}


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b'{"n":' + b"9" * 5_000 + b"}", id="more digits than int() reads"),
        pytest.param(b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", id="40 levels"),
        pytest.param(b'{"a":' + b"[" * 60_000 + b"]" * 60_000 + b"}", id="60,000 levels"),
    ],
)
def test_numbers_and_nesting_beyond_reason_are_refused(payload):
    with pytest.raises(MalformedEnvelope):
        parse_draft(payload)
    with pytest.raises(MalformedEnvelope):
        parse_message(payload)


def test_a_text_is_encoded_as_documented():
    assert encode_draft("你好", message_id="m1") == '{"id":"m1","kind":"text","body":"你好"}'.encode()
    assert encode_draft("hi", message_id="m1", ext={"a": 1}) == b'{"id":"m1","kind":"text","body":"hi","ext":{"a":1}}'


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        pytest.param("poll", {"options": ["yes"]}, "options", id="one option"),
        pytest.param("poem", {}, "kind", id="an unknown kind"),
        pytest.param("text", {"colour": "red"}, "colour", id="an unknown field"),
        pytest.param("data", {"data": {"x": object()}}, None, id="a value that is not JSON's"),
        pytest.param("data", {"data": {"x": "\ud800"}}, None, id="a lone surrogate"),
        pytest.param("data", {"data": {"x": 2**70}}, "data", id="a number beyond 64 bits"),
        pytest.param("data", {"data": {"x": "a" * 65_536}}, None, id="too large"),
    ],
)
def test_a_draft_that_would_be_refused_is_not_encoded(kind, fields, field):
    with pytest.raises(MalformedEnvelope) as refused:
        encode_draft("hi", message_id="m1", kind=kind, fields=fields)
    assert refused.value.field == field


def test_fields_that_are_none_are_not_sent():
    encoded = encode_draft("hi", message_id="m1", fields={"reply": 7, "thread": None})
    assert encoded == b'{"id":"m1","kind":"text","body":"hi","reply":7}'


def test_a_stamp_is_added_to_what_the_client_sent():
    draft = Draft("text", {"body": "hi"}, "m1")
    stamped = encode_stamped(draft, message_id="m1", seq=7, at_ms=1_790_000_000_000, sender="ann", to="user/bob")
    assert stamped == (b'{"id":"m1","kind":"text","body":"hi","from":"ann","to":"user/bob","seq":7,"at":1790000000000}')


@pytest.mark.parametrize(
    ("sender", "to", "reader", "conversation"),
    [
        ("ann", "user/bob", "bob", user("ann")),
        ("ann", "user/bob", "ann", user("bob")),
        ("ann", "group/lab", "bob", group("lab")),
        ("ann", "group/lab", "ann", group("lab")),
    ],
)
def test_each_reader_names_the_conversation_from_his_side(sender, to, reader, conversation):
    assert Message("m1", "text", "hi", 1, 1_790_000_000_000, sender, to).conversation(reader) == conversation


@given(payloads)
def test_a_draft_of_anything_is_refused_by_name_or_safe_to_store(payload):
    try:
        draft = parse_draft(payload)
    except MalformedEnvelope:
        return
    stamped = encode_stamped(draft, message_id="m1", seq=1, at_ms=0, sender="ann", to="user/bob")
    text = stamped.decode()
    assert "\0" not in text
    assert "\\u0000" not in text.replace("\\\\", "")
    read = json.loads(text, parse_constant=pytest.fail)
    assert read | draft.fields == read
    assert parse_message(stamped).seq == 1


@given(payloads)
def test_a_message_of_anything_is_refused_by_name(payload):
    with contextlib.suppress(MalformedEnvelope):
        parse_message(payload)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_every_text_of_a_client_reads_back(body):
    assert parse_draft(encode_draft(body, message_id="m1")) == Draft("text", {"body": body}, "m1")


def outcome(parse, payload):
    """The draft, or what the refusal tells the sender."""
    try:
        draft = parse(payload)
    except MalformedEnvelope as refused:
        return refused.code, refused.message_id, refused.field
    return json.dumps([draft.kind, draft.id, draft.fields], sort_keys=True)


@given(payloads)
def test_the_short_way_of_plain_texts_reads_what_the_long_way_reads(payload):
    assert outcome(parse_draft, payload) == outcome(envelope._parse_anything, payload)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"kind":"text","body":"\\u0000"}',
        b'{"kind":"text","body":"a\x00"}',
        b'{"kind":"text","body":"\\ud800"}',
        b'{"kind":"text","body":"\xff"}',
        b'{"kind":"text","body":"a","body":""}',
        b'{"kind":"data","kind":"text","body":"a"}',
        b'{"kind":"text","body":"a","id":"\\u0007"}',
        b'{"kind":"text","body":"a","id":""}',
        b'{"kind":"text","body":"a","ext":null}',
        b'{"kind":"text","body":"a","ext":{"n":18446744073709551616}}',
        b'{"kind":"text","body":"a","ext":{"n":1e400}}',
        b'{"kind":"text","body":"a","ext":{"\\u0000":1}}',
        b'{"kind":"text","body":"a","ext":' + b'{"a":' * 40 + b"1" + b"}" * 41,
        b'\xef\xbb\xbf{"kind":"text","body":"a"}',
        b'{"kind":"text","body":"a"} x',
    ],
)
def test_both_ways_agree_where_decoders_are_known_to_differ(payload):
    assert outcome(parse_draft, payload) == outcome(envelope._parse_anything, payload)
