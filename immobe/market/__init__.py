"""What follows from many listings, and from reading them again."""
