"""Biddit as the replica shows it: `lots` renders the object of a lot, `portal` the sitemap, the pages and the truth."""
