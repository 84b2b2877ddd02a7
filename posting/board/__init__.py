"""The calendar's pages: the board, the plan form, live progress, the review, the feed."""
