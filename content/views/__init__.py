"""Pages: brand, menu, and the log of everything written."""
