"""Posts that come back: every week or month at a time of the restaurant's clock. Tables of one restaurant."""
