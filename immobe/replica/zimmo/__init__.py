"""Zimmo's format: tiles of September 2026, whose facts are icons; listing pages of the layout until June 2026."""
