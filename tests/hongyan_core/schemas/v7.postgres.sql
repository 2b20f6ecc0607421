SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.keep_audit_entry() RETURNS trigger
    LANGUAGE plpgsql
    AS $$BEGIN RAISE EXCEPTION 'the audit log is not edited'; END$$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.account (
    id integer NOT NULL,
    name character varying(32) NOT NULL,
    display_name character varying(64) NOT NULL,
    password_hash text NOT NULL,
    language character varying(8) NOT NULL,
    created_at_ms bigint NOT NULL,
    disabled_at_ms bigint,
    deleted_at_ms bigint,
    mqtt_generation integer NOT NULL,
    mqtt_provisioned integer NOT NULL,
    kind character varying(8) DEFAULT 'person'::character varying NOT NULL,
    owner_id integer,
    role character varying(9) DEFAULT 'user'::character varying NOT NULL,
    skeleton character varying(32) DEFAULT ''::character varying NOT NULL,
    about character varying(200) DEFAULT ''::character varying NOT NULL,
    time_zone character varying(40) DEFAULT ''::character varying NOT NULL,
    picture character varying(64),
    hidden boolean DEFAULT false NOT NULL,
    email character varying(254),
    unconfirmed boolean DEFAULT false NOT NULL,
    link_generation integer DEFAULT 1 NOT NULL,
    scoped boolean DEFAULT false NOT NULL,
    read_receipts boolean DEFAULT true NOT NULL,
    quiet_from integer,
    quiet_to integer,
    quota_bytes bigint,
    push_words boolean DEFAULT true NOT NULL
);
CREATE SEQUENCE public.account_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.account_id_seq OWNED BY public.account.id;
CREATE TABLE public.account_term (
    term character varying(64) NOT NULL COLLATE pg_catalog."C",
    account_id integer NOT NULL
);
CREATE TABLE public.attachment (
    conversation_id integer NOT NULL,
    seq bigint NOT NULL,
    place integer NOT NULL,
    file_id character varying(22) NOT NULL,
    kind character varying(16) NOT NULL
);
CREATE TABLE public.audit_entry (
    id integer NOT NULL,
    at_ms bigint NOT NULL,
    actor character varying(32) NOT NULL,
    action character varying(32) NOT NULL,
    target character varying(64) NOT NULL,
    detail text NOT NULL,
    address character varying(45) NOT NULL
);
CREATE SEQUENCE public.audit_entry_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_entry_id_seq OWNED BY public.audit_entry.id;
CREATE TABLE public.block (
    owner_id integer NOT NULL,
    blocked_id integer NOT NULL,
    since_ms bigint NOT NULL
);
CREATE TABLE public.card (
    conversation_id integer NOT NULL,
    account_id integer NOT NULL,
    name character varying(32) NOT NULL,
    payload text NOT NULL,
    at_ms bigint NOT NULL
);
CREATE TABLE public.chat_group (
    id integer NOT NULL,
    name character varying(32) NOT NULL,
    title character varying(64) NOT NULL,
    owner_id integer NOT NULL,
    conversation_id integer NOT NULL,
    created_at_ms bigint NOT NULL,
    dissolved_at_ms bigint,
    version integer DEFAULT 1 NOT NULL,
    kind character varying(8) DEFAULT 'group'::character varying NOT NULL,
    picture character varying(64),
    invites character varying(8) DEFAULT 'admins'::character varying NOT NULL,
    joins character varying(8) DEFAULT 'closed'::character varying NOT NULL,
    history character varying(8) DEFAULT 'joined'::character varying NOT NULL,
    writers character varying(8) DEFAULT 'all'::character varying NOT NULL,
    muted_until_ms bigint,
    announcement text DEFAULT ''::text NOT NULL,
    announced_at_ms bigint,
    announced_by_id integer,
    announced_after_seq bigint DEFAULT 0 NOT NULL
);
CREATE SEQUENCE public.chat_group_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.chat_group_id_seq OWNED BY public.chat_group.id;
CREATE TABLE public.contact_label (
    account_id integer NOT NULL,
    label character varying(32) NOT NULL,
    friend_id integer NOT NULL
);
CREATE TABLE public.conversation (
    id integer NOT NULL,
    key character varying(80) NOT NULL,
    kind character varying(5) NOT NULL,
    low_id integer,
    high_id integer,
    last_seq bigint NOT NULL,
    counted bigint DEFAULT 0 NOT NULL,
    shown_seq bigint DEFAULT 0 NOT NULL,
    first_seq bigint DEFAULT 1 NOT NULL,
    retention_days integer,
    disappear_s integer
);
CREATE SEQUENCE public.conversation_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.conversation_id_seq OWNED BY public.conversation.id;
CREATE TABLE public.conversation_mute (
    account_id integer NOT NULL,
    key character varying(80) NOT NULL,
    until_ms bigint NOT NULL
);
CREATE TABLE public.credential (
    id integer NOT NULL,
    account_id integer NOT NULL,
    kind character varying(8) NOT NULL,
    label character varying(64) NOT NULL,
    secret_hash character varying(64) NOT NULL,
    parent_id integer,
    created_at_ms bigint NOT NULL,
    last_used_at_ms bigint,
    expires_at_ms bigint,
    address character varying(45) DEFAULT ''::character varying NOT NULL
);
CREATE SEQUENCE public.credential_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.credential_id_seq OWNED BY public.credential.id;
CREATE TABLE public.erasure (
    id integer NOT NULL,
    "position" bigint NOT NULL
);
CREATE SEQUENCE public.erasure_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.erasure_id_seq OWNED BY public.erasure.id;
CREATE TABLE public.fleeting (
    conversation_id integer NOT NULL,
    seq bigint NOT NULL,
    seconds integer NOT NULL,
    due_ms bigint
);
CREATE TABLE public.friend_request (
    id integer NOT NULL,
    sender_id integer NOT NULL,
    recipient_id integer NOT NULL,
    text character varying(200) NOT NULL,
    state character varying(8) NOT NULL,
    created_at_ms bigint NOT NULL,
    decided_at_ms bigint
);
CREATE SEQUENCE public.friend_request_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.friend_request_id_seq OWNED BY public.friend_request.id;
CREATE TABLE public.friendship (
    account_id integer NOT NULL,
    friend_id integer NOT NULL,
    since_ms bigint NOT NULL,
    remark character varying(64) DEFAULT ''::character varying NOT NULL,
    starred boolean DEFAULT false NOT NULL
);
CREATE TABLE public.group_ban (
    group_id integer NOT NULL,
    account_id integer NOT NULL,
    at_ms bigint NOT NULL
);
CREATE TABLE public.hidden_message (
    account_id integer NOT NULL,
    conversation_id integer NOT NULL,
    seq bigint NOT NULL
);
CREATE TABLE public.identity (
    id integer NOT NULL,
    issuer character varying(255) NOT NULL,
    subject character varying(255) NOT NULL,
    account_id integer NOT NULL,
    email character varying(254) NOT NULL,
    created_at_ms bigint NOT NULL
);
CREATE SEQUENCE public.identity_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.identity_id_seq OWNED BY public.identity.id;
CREATE TABLE public.import_job (
    id integer NOT NULL,
    account_id integer NOT NULL,
    key character varying(80) NOT NULL,
    source character varying(8) NOT NULL,
    file_id character varying(22) NOT NULL,
    state character varying(8) NOT NULL,
    total integer NOT NULL,
    done integer NOT NULL,
    skipped integer NOT NULL,
    problem character varying(32) NOT NULL,
    created_at_ms bigint NOT NULL,
    cancelled boolean NOT NULL
);
CREATE SEQUENCE public.import_job_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.import_job_id_seq OWNED BY public.import_job.id;
CREATE TABLE public.join_request (
    id integer NOT NULL,
    group_id integer NOT NULL,
    account_id integer NOT NULL,
    text character varying(200) NOT NULL,
    state character varying(8) NOT NULL,
    created_at_ms bigint NOT NULL,
    decided_by_id integer,
    decided_at_ms bigint
);
CREATE SEQUENCE public.join_request_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.join_request_id_seq OWNED BY public.join_request.id;
CREATE TABLE public.kept_message (
    number bigint NOT NULL,
    session_id bigint NOT NULL,
    packet_id integer NOT NULL,
    topic text NOT NULL,
    payload bytea NOT NULL,
    qos integer NOT NULL,
    retain boolean NOT NULL,
    released boolean NOT NULL
);
CREATE TABLE public.kept_receipt (
    session_id bigint NOT NULL,
    packet_id integer NOT NULL
);
CREATE TABLE public.kept_session (
    number bigint NOT NULL,
    client_id text NOT NULL,
    last_seen_ms bigint NOT NULL
);
CREATE TABLE public.kept_subscription (
    session_id bigint NOT NULL,
    topic_filter text NOT NULL,
    qos integer NOT NULL
);
CREATE TABLE public.link (
    id integer NOT NULL,
    kind character varying(8) NOT NULL,
    creator_id integer NOT NULL,
    group_id integer,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint,
    max_uses integer,
    uses integer NOT NULL,
    ended_at_ms bigint
);
CREATE SEQUENCE public.link_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.link_id_seq OWNED BY public.link.id;
CREATE TABLE public.link_preview (
    url_hash character varying(64) NOT NULL,
    at_ms bigint NOT NULL,
    title character varying(200) NOT NULL,
    description text NOT NULL,
    site character varying(100) NOT NULL,
    picture character varying(64)
);
CREATE TABLE public.list_marks (
    account_id integer NOT NULL,
    key character varying(80) NOT NULL,
    pinned_at_ms bigint,
    archived_at_ms bigint,
    unread_at_ms bigint
);
CREATE TABLE public.membership (
    id integer NOT NULL,
    group_id integer NOT NULL,
    account_id integer NOT NULL,
    role character varying(8) NOT NULL,
    since_seq bigint NOT NULL,
    until_seq bigint,
    joined_at_ms bigint NOT NULL,
    left_at_ms bigint,
    nickname character varying(64) DEFAULT ''::character varying NOT NULL,
    muted_until_ms bigint
);
CREATE SEQUENCE public.membership_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.membership_id_seq OWNED BY public.membership.id;
CREATE TABLE public.mention (
    account_id integer NOT NULL,
    conversation_id integer NOT NULL,
    seq bigint NOT NULL
);
CREATE TABLE public.message_version (
    conversation_id integer NOT NULL,
    seq bigint NOT NULL,
    version integer NOT NULL,
    at_ms bigint NOT NULL,
    payload text NOT NULL
);
CREATE TABLE public.meta (
    key character varying(255) NOT NULL,
    value bigint NOT NULL
);
CREATE TABLE public.mqtt_connection (
    account_id integer NOT NULL,
    client_id character varying(256) NOT NULL,
    credential_id bigint,
    address character varying(45) NOT NULL,
    connected_at_ms bigint NOT NULL
);
CREATE TABLE public.mqtt_session (
    id integer NOT NULL,
    account_id integer NOT NULL,
    client_id character varying(256) NOT NULL,
    "position" bigint NOT NULL,
    cursor bigint NOT NULL,
    in_flight text NOT NULL,
    last_seen_ms bigint NOT NULL
);
CREATE SEQUENCE public.mqtt_session_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.mqtt_session_id_seq OWNED BY public.mqtt_session.id;
CREATE TABLE public.mqtt_subscription (
    session_id integer NOT NULL,
    topic_filter text NOT NULL,
    qos integer NOT NULL,
    since_position bigint NOT NULL
);
CREATE TABLE public.outbox (
    id integer NOT NULL,
    kind character varying(16) NOT NULL,
    payload text NOT NULL
);
CREATE SEQUENCE public.outbox_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.outbox_id_seq OWNED BY public.outbox.id;
CREATE TABLE public.passkey (
    id integer NOT NULL,
    account_id integer NOT NULL,
    credential_id character varying(1400) NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    label character varying(64) NOT NULL,
    created_at_ms bigint NOT NULL,
    last_used_at_ms bigint
);
CREATE SEQUENCE public.passkey_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.passkey_id_seq OWNED BY public.passkey.id;
CREATE TABLE public.picture (
    hash character varying(64) NOT NULL,
    image bytea NOT NULL
);
CREATE TABLE public.pin (
    conversation_id integer NOT NULL,
    seq bigint NOT NULL,
    account_id integer NOT NULL,
    at_ms bigint NOT NULL
);
CREATE TABLE public.presence (
    account_id integer NOT NULL,
    state character varying(9) NOT NULL,
    text character varying(100) NOT NULL,
    last_seen_ms bigint NOT NULL
);
CREATE TABLE public.push_subscription (
    id integer NOT NULL,
    account_id integer NOT NULL,
    credential_id integer NOT NULL,
    endpoint_hash character varying(64) NOT NULL,
    sealed text NOT NULL,
    created_at_ms bigint NOT NULL,
    last_ok_ms bigint,
    failures integer NOT NULL
);
CREATE SEQUENCE public.push_subscription_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.push_subscription_id_seq OWNED BY public.push_subscription.id;
CREATE TABLE public.rate (
    key character varying(200) NOT NULL,
    window_start_ms bigint NOT NULL,
    count integer NOT NULL,
    locked boolean NOT NULL
);
CREATE TABLE public.reaction (
    conversation_id integer NOT NULL,
    seq bigint NOT NULL,
    account_id integer NOT NULL,
    emoji character varying(32) NOT NULL,
    at_ms bigint NOT NULL
);
CREATE TABLE public.read_mark (
    account_id integer NOT NULL,
    conversation_id integer NOT NULL,
    seq bigint NOT NULL,
    at_ms bigint DEFAULT 0 NOT NULL,
    delivered_seq bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.recovery_code (
    account_id integer NOT NULL,
    code_hash character varying(64) NOT NULL
);
CREATE TABLE public.report (
    id integer NOT NULL,
    reporter_id integer NOT NULL,
    account_id integer,
    group_id integer,
    seq bigint,
    text character varying(1000) NOT NULL,
    created_at_ms bigint NOT NULL,
    state character varying(8) NOT NULL,
    decided_by_id integer,
    decided_at_ms bigint,
    outcome character varying(200) NOT NULL
);
CREATE SEQUENCE public.report_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.report_id_seq OWNED BY public.report.id;
CREATE TABLE public.retained_message (
    topic text NOT NULL,
    payload bytea NOT NULL,
    qos integer NOT NULL
);
CREATE TABLE public.saved_pack (
    account_id integer NOT NULL,
    pack_id integer NOT NULL,
    at_ms bigint NOT NULL
);
CREATE TABLE public.scheduled_message (
    id integer NOT NULL,
    account_id integer NOT NULL,
    key character varying(80) NOT NULL,
    message_id character varying(64) NOT NULL,
    draft text NOT NULL,
    due_ms bigint,
    repeat character varying(8) NOT NULL,
    time_zone character varying(40) NOT NULL,
    times integer NOT NULL,
    refusal character varying(32) NOT NULL
);
CREATE SEQUENCE public.scheduled_message_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.scheduled_message_id_seq OWNED BY public.scheduled_message.id;
CREATE TABLE public.scope (
    account_id integer NOT NULL,
    key character varying(80) NOT NULL
);
CREATE TABLE public.search_block (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    first_at_ms bigint NOT NULL,
    last_at_ms bigint NOT NULL,
    entries text NOT NULL,
    words text NOT NULL
);
ALTER TABLE ONLY public.search_block ALTER COLUMN entries SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.search_block ALTER COLUMN words SET STORAGE EXTERNAL;
ALTER TABLE public.search_block ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.search_block_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.search_state (
    key text NOT NULL,
    number bigint NOT NULL,
    word text NOT NULL
);
CREATE TABLE public.second_factor (
    account_id integer NOT NULL,
    sealed_secret text NOT NULL,
    confirmed_at_ms bigint,
    last_step bigint NOT NULL
);
CREATE TABLE public.sticker (
    pack_id integer NOT NULL,
    name character varying(32) NOT NULL,
    emoji character varying(32) NOT NULL,
    file_id character varying(22) NOT NULL,
    place integer NOT NULL
);
CREATE TABLE public.sticker_pack (
    id integer NOT NULL,
    name character varying(32) NOT NULL,
    title character varying(64) NOT NULL,
    account_id integer NOT NULL,
    created_at_ms bigint NOT NULL
);
CREATE SEQUENCE public.sticker_pack_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sticker_pack_id_seq OWNED BY public.sticker_pack.id;
CREATE TABLE public.stored_file (
    id character varying(22) NOT NULL,
    account_id integer NOT NULL,
    hash character varying(64) NOT NULL,
    name character varying(255) NOT NULL,
    media_type character varying(100) NOT NULL,
    size bigint NOT NULL,
    width integer,
    height integer,
    thumb_hash character varying(64),
    created_at_ms bigint NOT NULL
);
CREATE TABLE public.stored_message (
    "position" bigint NOT NULL,
    conversation_id integer NOT NULL,
    seq bigint NOT NULL,
    sender_id integer NOT NULL,
    message_id character varying(64) NOT NULL,
    kind character varying(16) NOT NULL,
    at_ms bigint NOT NULL,
    payload text NOT NULL,
    ordinal bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.thread_entry (
    conversation_id integer NOT NULL,
    root_seq bigint NOT NULL,
    seq bigint NOT NULL
);
CREATE TABLE public.ticket (
    secret_hash character varying(64) NOT NULL,
    kind character varying(8) NOT NULL,
    account_id integer NOT NULL,
    email character varying(254) NOT NULL,
    expires_at_ms bigint NOT NULL
);
CREATE TABLE public.trouble (
    key character varying(120) NOT NULL,
    failures integer NOT NULL,
    last_at_ms bigint NOT NULL
);
CREATE TABLE public.unsent_draft (
    account_id integer NOT NULL,
    key character varying(80) NOT NULL,
    body text NOT NULL,
    reply_seq bigint,
    at_ms bigint NOT NULL
);
CREATE TABLE public.upload (
    id character varying(22) NOT NULL,
    account_id integer NOT NULL,
    name character varying(255) NOT NULL,
    media_type character varying(100) NOT NULL,
    size bigint NOT NULL,
    received bigint NOT NULL,
    created_at_ms bigint NOT NULL,
    touched_at_ms bigint NOT NULL
);
CREATE TABLE public.vote (
    conversation_id integer NOT NULL,
    seq bigint NOT NULL,
    account_id integer NOT NULL,
    choice integer NOT NULL,
    at_ms bigint NOT NULL
);
ALTER TABLE ONLY public.account ALTER COLUMN id SET DEFAULT nextval('public.account_id_seq'::regclass);
ALTER TABLE ONLY public.audit_entry ALTER COLUMN id SET DEFAULT nextval('public.audit_entry_id_seq'::regclass);
ALTER TABLE ONLY public.chat_group ALTER COLUMN id SET DEFAULT nextval('public.chat_group_id_seq'::regclass);
ALTER TABLE ONLY public.conversation ALTER COLUMN id SET DEFAULT nextval('public.conversation_id_seq'::regclass);
ALTER TABLE ONLY public.credential ALTER COLUMN id SET DEFAULT nextval('public.credential_id_seq'::regclass);
ALTER TABLE ONLY public.erasure ALTER COLUMN id SET DEFAULT nextval('public.erasure_id_seq'::regclass);
ALTER TABLE ONLY public.friend_request ALTER COLUMN id SET DEFAULT nextval('public.friend_request_id_seq'::regclass);
ALTER TABLE ONLY public.identity ALTER COLUMN id SET DEFAULT nextval('public.identity_id_seq'::regclass);
ALTER TABLE ONLY public.import_job ALTER COLUMN id SET DEFAULT nextval('public.import_job_id_seq'::regclass);
ALTER TABLE ONLY public.join_request ALTER COLUMN id SET DEFAULT nextval('public.join_request_id_seq'::regclass);
ALTER TABLE ONLY public.link ALTER COLUMN id SET DEFAULT nextval('public.link_id_seq'::regclass);
ALTER TABLE ONLY public.membership ALTER COLUMN id SET DEFAULT nextval('public.membership_id_seq'::regclass);
ALTER TABLE ONLY public.mqtt_session ALTER COLUMN id SET DEFAULT nextval('public.mqtt_session_id_seq'::regclass);
ALTER TABLE ONLY public.outbox ALTER COLUMN id SET DEFAULT nextval('public.outbox_id_seq'::regclass);
ALTER TABLE ONLY public.passkey ALTER COLUMN id SET DEFAULT nextval('public.passkey_id_seq'::regclass);
ALTER TABLE ONLY public.push_subscription ALTER COLUMN id SET DEFAULT nextval('public.push_subscription_id_seq'::regclass);
ALTER TABLE ONLY public.report ALTER COLUMN id SET DEFAULT nextval('public.report_id_seq'::regclass);
ALTER TABLE ONLY public.scheduled_message ALTER COLUMN id SET DEFAULT nextval('public.scheduled_message_id_seq'::regclass);
ALTER TABLE ONLY public.sticker_pack ALTER COLUMN id SET DEFAULT nextval('public.sticker_pack_id_seq'::regclass);
INSERT INTO public.account VALUES (1, 'ann', 'Ann', '-', 'en', 1, NULL, NULL, 1, 0, 'person', NULL, 'user', '', '', '', NULL, false, NULL, false, 1, false, true, NULL, NULL, NULL, true);
INSERT INTO public.account VALUES (2, 'bob', 'Bob', '-', 'en', 1, NULL, NULL, 1, 0, 'person', NULL, 'user', '', '', '', NULL, false, NULL, false, 1, false, true, NULL, NULL, NULL, true);
INSERT INTO public.account VALUES (3, 'eve', 'Eve', '-', 'en', 1, NULL, NULL, 1, 0, 'person', NULL, 'user', '', '', '', NULL, false, NULL, false, 1, false, true, NULL, NULL, NULL, true);
INSERT INTO public.account_term VALUES ('ann', 1);
INSERT INTO public.account_term VALUES ('bob', 2);
INSERT INTO public.account_term VALUES ('eve', 3);
INSERT INTO public.block VALUES (1, 3, 4);
INSERT INTO public.chat_group VALUES (1, 'lab', 'The lab', 1, 1, 5, NULL, 3, 'group', NULL, 'admins', 'closed', 'joined', 'all', NULL, '', NULL, NULL, 0);
INSERT INTO public.conversation VALUES (1, 'group:lab', 'group', NULL, NULL, 1, 0, 0, 1, NULL, NULL);
INSERT INTO public.credential VALUES (1, 1, 'device', 'laptop', 'f8a918676f50aec79489275ba6d5eaadbe5ace258ae8ce46f674451a5ac3fffe', NULL, 7, NULL, NULL, '');
INSERT INTO public.friend_request VALUES (1, 1, 2, 'it''s me', 'accepted', 2, 3);
INSERT INTO public.friendship VALUES (1, 2, 3, '', false);
INSERT INTO public.friendship VALUES (2, 1, 3, '', false);
INSERT INTO public.membership VALUES (1, 1, 1, 'owner', 0, NULL, 5, NULL, '', NULL);
INSERT INTO public.membership VALUES (2, 1, 2, 'member', 0, NULL, 6, NULL, '', NULL);
INSERT INTO public.meta VALUES ('schema_version', 7);
INSERT INTO public.meta VALUES ('relations_version', 6);
INSERT INTO public.outbox VALUES (1, 'notice', '{"to":["bob"],"notice":{"type":"friend_request","id":1,"from":"ann","display_name":"Ann","to":"bob","text":"it''s me","at":2}}');
INSERT INTO public.outbox VALUES (2, 'notice', '{"to":["ann"],"notice":{"type":"contact_changed","who":"bob","at":2}}');
INSERT INTO public.outbox VALUES (3, 'notice', '{"to":["ann"],"notice":{"type":"friend_accepted","id":1,"at":3,"from":"bob"}}');
INSERT INTO public.outbox VALUES (4, 'notice', '{"to":["bob"],"notice":{"type":"friend_accepted","id":1,"at":3,"from":"ann"}}');
INSERT INTO public.outbox VALUES (5, 'notice', '{"to":["ann"],"notice":{"type":"blocked","who":"eve","at":4}}');
INSERT INTO public.outbox VALUES (6, 'line', '{"account":"ann","group":"lab","id":"web-59be84ecbec64ef28a6d9f7f79b52d3e","fields":{"event":"created","body":"Ann created “The lab”","title":"The lab"}}');
INSERT INTO public.outbox VALUES (7, 'notice', '{"to":["ann"],"notice":{"type":"group_changed","group":"lab"}}');
INSERT INTO public.outbox VALUES (8, 'line', '{"account":"ann","group":"lab","id":"web-4de30d2ef7fb42f2b8f4d9c3bfc97cb7","fields":{"event":"joined","body":"Ann added Bob","who":["bob"]}}');
INSERT INTO public.outbox VALUES (9, 'notice', '{"to":["bob"],"notice":{"type":"group_added","group":"lab","title":"The lab","by":"ann","at":6}}');
INSERT INTO public.outbox VALUES (10, 'notice', '{"to":["ann"],"notice":{"type":"group_changed","group":"lab"}}');
INSERT INTO public.stored_message VALUES (1, 1, 1, 1, 'm1', 'text', 8, '{"id":"m1","kind":"text","body":"你好","from":"ann","to":"group/lab","seq":1,"at":8}', 0);
SELECT pg_catalog.setval('public.account_id_seq', 3, true);
SELECT pg_catalog.setval('public.audit_entry_id_seq', 1, false);
SELECT pg_catalog.setval('public.chat_group_id_seq', 1, true);
SELECT pg_catalog.setval('public.conversation_id_seq', 1, true);
SELECT pg_catalog.setval('public.credential_id_seq', 1, true);
SELECT pg_catalog.setval('public.erasure_id_seq', 1, false);
SELECT pg_catalog.setval('public.friend_request_id_seq', 1, true);
SELECT pg_catalog.setval('public.identity_id_seq', 1, false);
SELECT pg_catalog.setval('public.import_job_id_seq', 1, false);
SELECT pg_catalog.setval('public.join_request_id_seq', 1, false);
SELECT pg_catalog.setval('public.link_id_seq', 1, false);
SELECT pg_catalog.setval('public.membership_id_seq', 2, true);
SELECT pg_catalog.setval('public.mqtt_session_id_seq', 1, false);
SELECT pg_catalog.setval('public.outbox_id_seq', 10, true);
SELECT pg_catalog.setval('public.passkey_id_seq', 1, false);
SELECT pg_catalog.setval('public.push_subscription_id_seq', 1, false);
SELECT pg_catalog.setval('public.report_id_seq', 1, false);
SELECT pg_catalog.setval('public.scheduled_message_id_seq', 1, false);
SELECT pg_catalog.setval('public.search_block_id_seq', 1, false);
SELECT pg_catalog.setval('public.sticker_pack_id_seq', 1, false);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account_term
    ADD CONSTRAINT account_term_pkey PRIMARY KEY (term, account_id);
ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_pkey PRIMARY KEY (conversation_id, seq, place);
ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.block
    ADD CONSTRAINT block_pkey PRIMARY KEY (owner_id, blocked_id);
ALTER TABLE ONLY public.card
    ADD CONSTRAINT card_pkey PRIMARY KEY (conversation_id, account_id, name);
ALTER TABLE ONLY public.chat_group
    ADD CONSTRAINT chat_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.contact_label
    ADD CONSTRAINT contact_label_pkey PRIMARY KEY (account_id, label, friend_id);
ALTER TABLE ONLY public.conversation_mute
    ADD CONSTRAINT conversation_mute_pkey PRIMARY KEY (account_id, key);
ALTER TABLE ONLY public.conversation
    ADD CONSTRAINT conversation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.credential
    ADD CONSTRAINT credential_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.fleeting
    ADD CONSTRAINT fleeting_pkey PRIMARY KEY (conversation_id, seq);
ALTER TABLE ONLY public.friend_request
    ADD CONSTRAINT friend_request_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.friendship
    ADD CONSTRAINT friendship_pkey PRIMARY KEY (account_id, friend_id);
ALTER TABLE ONLY public.group_ban
    ADD CONSTRAINT group_ban_pkey PRIMARY KEY (group_id, account_id);
ALTER TABLE ONLY public.hidden_message
    ADD CONSTRAINT hidden_message_pkey PRIMARY KEY (account_id, conversation_id, seq);
ALTER TABLE ONLY public.identity
    ADD CONSTRAINT identity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.import_job
    ADD CONSTRAINT import_job_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.join_request
    ADD CONSTRAINT join_request_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.kept_message
    ADD CONSTRAINT kept_message_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.kept_receipt
    ADD CONSTRAINT kept_receipt_pkey PRIMARY KEY (session_id, packet_id);
ALTER TABLE ONLY public.kept_session
    ADD CONSTRAINT kept_session_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.kept_subscription
    ADD CONSTRAINT kept_subscription_pkey PRIMARY KEY (session_id, topic_filter);
ALTER TABLE ONLY public.link
    ADD CONSTRAINT link_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.link_preview
    ADD CONSTRAINT link_preview_pkey PRIMARY KEY (url_hash);
ALTER TABLE ONLY public.list_marks
    ADD CONSTRAINT list_marks_pkey PRIMARY KEY (account_id, key);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mention
    ADD CONSTRAINT mention_pkey PRIMARY KEY (account_id, conversation_id, seq);
ALTER TABLE ONLY public.message_version
    ADD CONSTRAINT message_version_pkey PRIMARY KEY (conversation_id, seq, version);
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.mqtt_connection
    ADD CONSTRAINT mqtt_connection_pkey PRIMARY KEY (account_id, client_id);
ALTER TABLE ONLY public.mqtt_session
    ADD CONSTRAINT mqtt_session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mqtt_subscription
    ADD CONSTRAINT mqtt_subscription_pkey PRIMARY KEY (session_id, topic_filter);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.picture
    ADD CONSTRAINT picture_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.pin
    ADD CONSTRAINT pin_pkey PRIMARY KEY (conversation_id, seq);
ALTER TABLE ONLY public.presence
    ADD CONSTRAINT presence_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.push_subscription
    ADD CONSTRAINT push_subscription_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.rate
    ADD CONSTRAINT rate_pkey PRIMARY KEY (key, window_start_ms);
ALTER TABLE ONLY public.reaction
    ADD CONSTRAINT reaction_pkey PRIMARY KEY (conversation_id, seq, account_id, emoji);
ALTER TABLE ONLY public.read_mark
    ADD CONSTRAINT read_mark_pkey PRIMARY KEY (account_id, conversation_id);
ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (account_id, code_hash);
ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.retained_message
    ADD CONSTRAINT retained_message_pkey PRIMARY KEY (topic);
ALTER TABLE ONLY public.saved_pack
    ADD CONSTRAINT saved_pack_pkey PRIMARY KEY (account_id, pack_id);
ALTER TABLE ONLY public.scheduled_message
    ADD CONSTRAINT scheduled_message_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.scope
    ADD CONSTRAINT scope_pkey PRIMARY KEY (account_id, key);
ALTER TABLE ONLY public.search_block
    ADD CONSTRAINT search_block_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.search_state
    ADD CONSTRAINT search_state_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.sticker_pack
    ADD CONSTRAINT sticker_pack_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sticker
    ADD CONSTRAINT sticker_pkey PRIMARY KEY (pack_id, name);
ALTER TABLE ONLY public.stored_file
    ADD CONSTRAINT stored_file_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stored_message
    ADD CONSTRAINT stored_message_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY public.thread_entry
    ADD CONSTRAINT thread_entry_pkey PRIMARY KEY (conversation_id, root_seq, seq);
ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (secret_hash);
ALTER TABLE ONLY public.trouble
    ADD CONSTRAINT trouble_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.unsent_draft
    ADD CONSTRAINT unsent_draft_pkey PRIMARY KEY (account_id, key);
ALTER TABLE ONLY public.upload
    ADD CONSTRAINT upload_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.vote
    ADD CONSTRAINT vote_pkey PRIMARY KEY (conversation_id, seq, account_id, choice);
CREATE UNIQUE INDEX account_email ON public.account USING btree (email);
CREATE UNIQUE INDEX account_name ON public.account USING btree (name);
CREATE INDEX account_owner_id ON public.account USING btree (owner_id);
CREATE INDEX account_role ON public.account USING btree (role);
CREATE INDEX account_skeleton ON public.account USING btree (skeleton);
CREATE INDEX account_term_account_id ON public.account_term USING btree (account_id);
CREATE INDEX attachment_conversation_id_kind_seq ON public.attachment USING btree (conversation_id, kind, seq);
CREATE INDEX attachment_file_id ON public.attachment USING btree (file_id);
CREATE INDEX block_blocked_id ON public.block USING btree (blocked_id);
CREATE INDEX chat_group_announced_by_id ON public.chat_group USING btree (announced_by_id);
CREATE UNIQUE INDEX chat_group_conversation_id ON public.chat_group USING btree (conversation_id);
CREATE UNIQUE INDEX chat_group_name ON public.chat_group USING btree (name);
CREATE INDEX chat_group_owner_id ON public.chat_group USING btree (owner_id);
CREATE INDEX contact_label_friend_id ON public.contact_label USING btree (friend_id);
CREATE INDEX conversation_high_id ON public.conversation USING btree (high_id);
CREATE UNIQUE INDEX conversation_key ON public.conversation USING btree (key);
CREATE INDEX conversation_low_id ON public.conversation USING btree (low_id);
CREATE INDEX credential_account_id ON public.credential USING btree (account_id);
CREATE INDEX credential_parent_id ON public.credential USING btree (parent_id);
CREATE UNIQUE INDEX credential_secret_hash ON public.credential USING btree (secret_hash);
CREATE INDEX fleeting_due_ms ON public.fleeting USING btree (due_ms);
CREATE INDEX friend_request_recipient_id_state ON public.friend_request USING btree (recipient_id, state);
CREATE INDEX friend_request_sender_id_state ON public.friend_request USING btree (sender_id, state);
CREATE INDEX group_ban_account_id ON public.group_ban USING btree (account_id);
CREATE INDEX identity_account_id ON public.identity USING btree (account_id);
CREATE UNIQUE INDEX identity_issuer_subject ON public.identity USING btree (issuer, subject);
CREATE INDEX import_job_account_id ON public.import_job USING btree (account_id);
CREATE INDEX join_request_account_id ON public.join_request USING btree (account_id);
CREATE INDEX join_request_decided_by_id ON public.join_request USING btree (decided_by_id);
CREATE INDEX join_request_group_id_state ON public.join_request USING btree (group_id, state);
CREATE INDEX kept_message_session_id ON public.kept_message USING btree (session_id);
CREATE UNIQUE INDEX kept_session_client_id ON public.kept_session USING btree (client_id);
CREATE INDEX link_group_id ON public.link USING btree (group_id);
CREATE INDEX membership_account_id_group_id ON public.membership USING btree (account_id, group_id);
CREATE INDEX membership_group_id_until_seq ON public.membership USING btree (group_id, until_seq);
CREATE INDEX mention_conversation_id_seq ON public.mention USING btree (conversation_id, seq);
CREATE UNIQUE INDEX mqtt_session_account_id_client_id ON public.mqtt_session USING btree (account_id, client_id);
CREATE INDEX passkey_account_id ON public.passkey USING btree (account_id);
CREATE UNIQUE INDEX passkey_credential_id ON public.passkey USING btree (credential_id);
CREATE INDEX push_subscription_account_id ON public.push_subscription USING btree (account_id);
CREATE UNIQUE INDEX push_subscription_credential_id ON public.push_subscription USING btree (credential_id);
CREATE UNIQUE INDEX push_subscription_endpoint_hash ON public.push_subscription USING btree (endpoint_hash);
CREATE INDEX read_mark_conversation_id ON public.read_mark USING btree (conversation_id);
CREATE INDEX report_account_id ON public.report USING btree (account_id);
CREATE INDEX report_decided_by_id ON public.report USING btree (decided_by_id);
CREATE INDEX report_reporter_id ON public.report USING btree (reporter_id);
CREATE INDEX report_state ON public.report USING btree (state);
CREATE INDEX saved_pack_pack_id ON public.saved_pack USING btree (pack_id);
CREATE INDEX scheduled_message_account_id ON public.scheduled_message USING btree (account_id);
CREATE INDEX scheduled_message_due_ms ON public.scheduled_message USING btree (due_ms);
CREATE UNIQUE INDEX search_block_first_seq ON public.search_block USING btree (conversation_id, first_seq);
CREATE INDEX search_block_outline ON public.search_block USING btree (conversation_id, last_position, first_position, first_seq, last_seq, first_at_ms, last_at_ms);
CREATE INDEX sticker_file_id ON public.sticker USING btree (file_id);
CREATE INDEX sticker_pack_account_id ON public.sticker_pack USING btree (account_id);
CREATE UNIQUE INDEX sticker_pack_name ON public.sticker_pack USING btree (name);
CREATE INDEX stored_file_account_id ON public.stored_file USING btree (account_id);
CREATE INDEX stored_file_created_at_ms ON public.stored_file USING btree (created_at_ms);
CREATE INDEX stored_file_hash ON public.stored_file USING btree (hash);
CREATE INDEX stored_file_thumb_hash ON public.stored_file USING btree (thumb_hash);
CREATE UNIQUE INDEX stored_message_conversation_id_seq ON public.stored_message USING btree (conversation_id, seq);
CREATE UNIQUE INDEX stored_message_message_id_sender_id ON public.stored_message USING btree (message_id, sender_id);
CREATE INDEX ticket_account_id ON public.ticket USING btree (account_id);
CREATE INDEX upload_account_id ON public.upload USING btree (account_id);
CREATE INDEX upload_touched_at_ms ON public.upload USING btree (touched_at_ms);
CREATE TRIGGER audit_entry_kept BEFORE DELETE OR UPDATE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.keep_audit_entry();
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.account_term
    ADD CONSTRAINT account_term_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.block
    ADD CONSTRAINT block_blocked_id_fkey FOREIGN KEY (blocked_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.block
    ADD CONSTRAINT block_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.card
    ADD CONSTRAINT card_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.card
    ADD CONSTRAINT card_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.chat_group
    ADD CONSTRAINT chat_group_announced_by_id_fkey FOREIGN KEY (announced_by_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.chat_group
    ADD CONSTRAINT chat_group_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.chat_group
    ADD CONSTRAINT chat_group_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.contact_label
    ADD CONSTRAINT contact_label_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.contact_label
    ADD CONSTRAINT contact_label_friend_id_fkey FOREIGN KEY (friend_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.conversation
    ADD CONSTRAINT conversation_high_id_fkey FOREIGN KEY (high_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.conversation
    ADD CONSTRAINT conversation_low_id_fkey FOREIGN KEY (low_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.conversation_mute
    ADD CONSTRAINT conversation_mute_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.credential
    ADD CONSTRAINT credential_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.credential
    ADD CONSTRAINT credential_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.credential(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.fleeting
    ADD CONSTRAINT fleeting_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.friend_request
    ADD CONSTRAINT friend_request_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.friend_request
    ADD CONSTRAINT friend_request_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.friendship
    ADD CONSTRAINT friendship_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.friendship
    ADD CONSTRAINT friendship_friend_id_fkey FOREIGN KEY (friend_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.group_ban
    ADD CONSTRAINT group_ban_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.group_ban
    ADD CONSTRAINT group_ban_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.chat_group(id);
ALTER TABLE ONLY public.hidden_message
    ADD CONSTRAINT hidden_message_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.hidden_message
    ADD CONSTRAINT hidden_message_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.identity
    ADD CONSTRAINT identity_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.import_job
    ADD CONSTRAINT import_job_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.join_request
    ADD CONSTRAINT join_request_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.join_request
    ADD CONSTRAINT join_request_decided_by_id_fkey FOREIGN KEY (decided_by_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.join_request
    ADD CONSTRAINT join_request_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.chat_group(id);
ALTER TABLE ONLY public.kept_message
    ADD CONSTRAINT kept_message_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.kept_session(number) ON DELETE CASCADE;
ALTER TABLE ONLY public.kept_receipt
    ADD CONSTRAINT kept_receipt_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.kept_session(number) ON DELETE CASCADE;
ALTER TABLE ONLY public.kept_subscription
    ADD CONSTRAINT kept_subscription_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.kept_session(number) ON DELETE CASCADE;
ALTER TABLE ONLY public.link
    ADD CONSTRAINT link_creator_id_fkey FOREIGN KEY (creator_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.list_marks
    ADD CONSTRAINT list_marks_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.chat_group(id);
ALTER TABLE ONLY public.mention
    ADD CONSTRAINT mention_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.message_version
    ADD CONSTRAINT message_version_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.mqtt_connection
    ADD CONSTRAINT mqtt_connection_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.mqtt_session
    ADD CONSTRAINT mqtt_session_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.mqtt_subscription
    ADD CONSTRAINT mqtt_subscription_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.mqtt_session(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.pin
    ADD CONSTRAINT pin_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.pin
    ADD CONSTRAINT pin_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.presence
    ADD CONSTRAINT presence_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.push_subscription
    ADD CONSTRAINT push_subscription_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.push_subscription
    ADD CONSTRAINT push_subscription_credential_id_fkey FOREIGN KEY (credential_id) REFERENCES public.credential(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reaction
    ADD CONSTRAINT reaction_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.reaction
    ADD CONSTRAINT reaction_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.read_mark
    ADD CONSTRAINT read_mark_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.read_mark
    ADD CONSTRAINT read_mark_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_decided_by_id_fkey FOREIGN KEY (decided_by_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_reporter_id_fkey FOREIGN KEY (reporter_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.saved_pack
    ADD CONSTRAINT saved_pack_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.saved_pack
    ADD CONSTRAINT saved_pack_pack_id_fkey FOREIGN KEY (pack_id) REFERENCES public.sticker_pack(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.scheduled_message
    ADD CONSTRAINT scheduled_message_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.scope
    ADD CONSTRAINT scope_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.sticker_pack
    ADD CONSTRAINT sticker_pack_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.sticker
    ADD CONSTRAINT sticker_pack_id_fkey FOREIGN KEY (pack_id) REFERENCES public.sticker_pack(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.stored_file
    ADD CONSTRAINT stored_file_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.stored_message
    ADD CONSTRAINT stored_message_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.stored_message
    ADD CONSTRAINT stored_message_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.thread_entry
    ADD CONSTRAINT thread_entry_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.unsent_draft
    ADD CONSTRAINT unsent_draft_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.upload
    ADD CONSTRAINT upload_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.vote
    ADD CONSTRAINT vote_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.vote
    ADD CONSTRAINT vote_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversation(id);
