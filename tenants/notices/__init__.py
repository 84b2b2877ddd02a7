"""What people of a restaurant are told: on the page, by mail, in a digest. Public tables."""
