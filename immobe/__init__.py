"""Immo-Bé watches the Belgian property market."""
