"""Immoscoop as the replica shows it: `places` what a search understands, `pages` its markup, `portal` its addresses."""
