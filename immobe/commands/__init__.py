"""The commands of `immobe`, one subject a file. `immobe.cli` puts them together."""
