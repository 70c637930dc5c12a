"""What an item passes on its way to a row: mapper, validation, postgres. One class a file."""
