"""Immoweb's format: search pages, their JSON twin, and listing pages with `window.classified`."""
