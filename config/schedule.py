"""Beat's timetable as data: a handful of dispatchers, all running in public.

None of them is on the publishing path's critical line: the publisher works without beat and without Redis.
"""

from datetime import timedelta

SCHEDULE: dict[str, dict] = {
    "posting-tick": {"task": "posting.tasks.tick", "schedule": timedelta(seconds=10)},
    "writing-sweep": {"task": "content.tasks.sweep_all_writing", "schedule": timedelta(minutes=1)},
    "library-sweep": {"task": "assets.tasks.sweep_libraries", "schedule": timedelta(minutes=5)},
    "token-check": {
        "task": "social.tasks.check_tokens",
        # Rows say which connection is due (every TOKEN_REFRESH_INTERVAL, and at once after a failed call).
        "schedule": timedelta(minutes=1),
    },
    "webhook-sweep": {"task": "social.tasks.sweep_webhooks", "schedule": timedelta(minutes=1)},
    "notices-mail": {"task": "tenants.notices.tasks.mail", "schedule": timedelta(minutes=1)},
    "notices-forget": {"task": "tenants.notices.tasks.forget", "schedule": timedelta(hours=12)},
    "notices-digests": {"task": "tenants.notices.tasks.digests", "schedule": timedelta(minutes=10)},
    "webhooks-out": {"task": "tenants.hooks.tasks.deliver", "schedule": timedelta(seconds=5)},
    "webhooks-out-sweep": {"task": "tenants.hooks.tasks.sweep", "schedule": timedelta(hours=1)},
    "public-sweep": {"task": "tenants.tasks.sweep", "schedule": timedelta(hours=1)},
    "insights": {"task": "posting.tasks.collect_insights", "schedule": timedelta(minutes=1)},
    "monthly-reports": {"task": "posting.tasks.send_reports", "schedule": timedelta(minutes=30)},
    "recurring": {"task": "posting.recurring.tasks.dispatch", "schedule": timedelta(minutes=10)},
    "posting-look-ahead": {"task": "posting.tasks.look_ahead", "schedule": timedelta(minutes=1)},
    "posting-sweep": {"task": "posting.tasks.sweep", "schedule": timedelta(minutes=30)},
}
