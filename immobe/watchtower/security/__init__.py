"""Who may do what: passwords, sessions, keys, CSRF tokens, origins, limits and headers; one concept a module."""
