"""An eval report for people and machines: terminal, JUnit, Markdown and one HTML page."""
