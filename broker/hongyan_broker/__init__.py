"""The embedded broker, the router for other brokers, and the one process that serves everything."""
