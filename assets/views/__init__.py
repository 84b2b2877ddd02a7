"""Pages of the library. Each view asks one query or makes one service call."""
