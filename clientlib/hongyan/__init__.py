"""Hongyan: a messenger on MQTT. This package is what a bot or a program imports."""
