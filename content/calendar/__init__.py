"""A month of posts: planned by rules, written by the writer, reviewed by people."""
