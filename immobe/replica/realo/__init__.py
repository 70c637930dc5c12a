"""Realo's format, as reported: cards with `data-href`, pages with microdata and a table, estimates of other homes."""
