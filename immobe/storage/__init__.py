"""PostgreSQL: tables, migrations, the writer that never loses or spoils a row, and the queries of exports and counts.

Read `models` for the tables, `upsert` for how a new delivery meets a stored row, `writer` and `batching` for the way
in, `queries` for the way out.
"""
