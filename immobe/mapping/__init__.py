"""From a platform's own object to the canonical record: paths, typed conversion, vocabulary, rules."""
