"""What waits for a person: each stopped publication with its evidence and the answers that end it."""
