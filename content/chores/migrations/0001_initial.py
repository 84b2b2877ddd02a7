import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenants", "0002_guards")]

    # Restaurants from before this table are looked at once.
    EVERYBODY = (
        "INSERT INTO public.content_chores_chore (tenant_id, due_at)"
        " SELECT id, now() FROM public.tenants_tenant WHERE schema_name <> 'public'"
    )

    operations = [
        migrations.CreateModel(
            name="Chore",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tenants.tenant",
                    ),
                ),
                ("due_at", models.DateTimeField(db_index=True)),
                ("month", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "ordering": ["due_at"],
                "indexes": [
                    models.Index(
                        models.F("tenant"),
                        condition=models.Q(("month", True)),
                        name="content_chores_months",
                    )
                ],
            },
        ),
        migrations.RunSQL(EVERYBODY, migrations.RunSQL.noop),
    ]
