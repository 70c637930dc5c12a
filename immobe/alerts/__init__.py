"""Saved searches that tell what is new: matching, messages, channels, feeds. docs/alerts.md shows it all."""
