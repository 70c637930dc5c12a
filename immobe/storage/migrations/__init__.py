"""Alembic's folder. `immobe.storage.schema` runs it; there is no alembic.ini.

A new revision, against a database at the current head:
`python -m immobe.storage.migrations.revise "what changes"`.
"""
