"""Monitors: whether a run of a platform is like the platform's own last runs. Pure statistics; docs/monitors.md.

`tally` counts what a run meets, `judging` compares a tally with those of earlier runs, `guard` does it for one field at
a time while pages come, so that nulls of a broken field do not overwrite what is stored.
"""
