"""Beat's timetable as data: a handful of dispatchers, all running in public.

None of them is on the publishing path's critical line: the publisher works without beat and without Redis.
"""

from datetime import timedelta

from django.conf import settings

SCHEDULE: dict[str, dict] = {
    "posting-tick": {"task": "posting.tasks.tick", "schedule": timedelta(seconds=10)},
    "writing-sweep": {"task": "content.tasks.sweep_all_writing", "schedule": timedelta(minutes=1)},
    "library-sweep": {"task": "assets.tasks.sweep_libraries", "schedule": timedelta(minutes=5)},
    "token-check": {
        "task": "social.tasks.check_tokens",
        # Rows say which connection is due; the dispatcher only has to look often enough.
        "schedule": min(settings.TOKEN_REFRESH_INTERVAL / 24, timedelta(hours=1)),
    },
    "webhook-sweep": {"task": "social.tasks.sweep_webhooks", "schedule": timedelta(minutes=1)},
    "insights": {"task": "posting.tasks.collect_insights", "schedule": timedelta(minutes=5)},
}
