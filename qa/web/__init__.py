"""The doors that a browser or another program comes through: chat, HTTP API, document pages."""
