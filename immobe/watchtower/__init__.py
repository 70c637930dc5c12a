"""Watchtower: the HTTP service that people and programs look through.

`app` puts it together; `routes` are for programs, `pages` for people; `security` decides who may do what, `problems`
how a refusal looks, `rendering` and `languages` how a page is made. docs/watchtower.md says how a page is added.
"""
