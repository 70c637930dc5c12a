"""`python -m immobe` is `immobe`."""

from immobe.cli import main

main()
