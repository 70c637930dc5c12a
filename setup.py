"""For Scrapyd's client, which builds its egg with this file; everything is said in pyproject.toml."""

from setuptools import setup

setup()
