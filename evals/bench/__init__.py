"""Speed and memory, each against a baseline that runs beside it on the same machine."""
