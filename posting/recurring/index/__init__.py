"""Which restaurant's repeating posts are due to be planned ahead: one public table, no walk over schemas."""
