"""The pages of organisations that work for many restaurants by the API: what they reach, and their keys."""
