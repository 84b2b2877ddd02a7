"""Weekly times of a channel, and the next one that is free. Tables of one restaurant."""
