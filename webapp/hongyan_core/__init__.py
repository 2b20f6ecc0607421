"""People, rules and records: no Flask, no amqtt, no asyncio."""
