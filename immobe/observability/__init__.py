"""What the system says about itself: logs and the correlation id, counters and their totals, the text for Prometheus.

`logs` and `correlation` for lines; `metrics` for every Prometheus name and how to count, `flusher` and `totals` for the
way of a count into PostgreSQL, `exposition` for the way out. Knows nothing of Scrapy.
"""
