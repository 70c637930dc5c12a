"""Our own portals: one synthetic Belgian market, served locally in the portals' formats.

`market` holds the truth, a pure function of a seed; a portal package (`immoweb`) only renders it; `server` serves both.
Nothing here knows the crawler or the mapper, so that the truth can judge them.
"""
