"""The page on a port, and the addresses beside it."""
