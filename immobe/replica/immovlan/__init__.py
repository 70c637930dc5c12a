"""Immovlan's format until June 2026, for the replica."""
