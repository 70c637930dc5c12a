"""Crawling: scopes to search, the spider that every platform shares, the shared queue."""
