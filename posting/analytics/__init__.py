"""What the numbers say: totals with their change, days, kinds, dishes, hours, best times, reports.

Reads posting.measured only; nothing here asks Meta. A number that is not known is None all the way to the
page, which then says "not yet known".
"""

from posting.analytics.best import BestTime, BestTimes, best_times, what_worked

__all__ = ["BestTime", "BestTimes", "best_times", "what_worked"]
