"""What a restaurant says: its brand and menu, the writing (AI or templates) and the posts themselves."""
