"""The only writers of accounts, friends, blocks and groups: check, write in one transaction, tell after the commit."""
