"""`noticed` is written by nobody since notices keep their own memory. The column stays, with a default, so that
processes of the version before go on working beside this one; a later release may drop it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("social", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterField(
                    "connection",
                    "noticed",
                    models.CharField(blank=True, default="", db_default="", max_length=40),
                )
            ],
            state_operations=[migrations.RemoveField("connection", "noticed")],
        )
    ]
