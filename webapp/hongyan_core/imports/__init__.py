"""Archives of other messengers on their way into a conversation.

    archive     the file: a JSON text or a zip of some, with bounds on all that it may hold
    walking     one message after the other out of a long JSON text
    slack       telegram       wechat        what each of them writes, as `Found`
    job         the chore: some messages at a time into the outbox, from where the exchange takes and stamps them

Another source? Also: `sources.SOURCES`, docs/import.md, the choice in the front end.
"""
