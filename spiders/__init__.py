"""One spider a platform, named like the platform."""
