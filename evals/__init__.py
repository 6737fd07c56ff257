"""Measures Footnote on questions whose answers are known; imports qa, never the other way."""
