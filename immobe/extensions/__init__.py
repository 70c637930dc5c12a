"""Scrapy's signals to log lines, metrics and run records. `hooks` tells the rest where a request is."""
