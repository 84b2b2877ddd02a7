from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0003_key_networks_and_partner_cap"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartnerMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE, related_name="members", to="tenants.partner"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE,
                        related_name="partner_members",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "person of a partner",
                "verbose_name_plural": "people of partners",
                "constraints": [
                    models.UniqueConstraint(fields=("partner", "user"), name="partnermember_once")
                ],
            },
        ),
    ]
