"""What staff may see of a restaurant's numbers, and whose numbers are to be read next: public tables."""
