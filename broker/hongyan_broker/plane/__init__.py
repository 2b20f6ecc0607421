"""MQTT 3.1.1 without I/O: bytes in, packets and bytes out."""
