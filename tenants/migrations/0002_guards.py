"""What models cannot say: trigram search for every schema, and an audit that can only grow."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tenants_audit is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON tenants_audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
"""
UNDO = "DROP TRIGGER audit_append_only ON tenants_audit; DROP FUNCTION audit_is_append_only();"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [TrigramExtension(), migrations.RunSQL(APPEND_ONLY, UNDO)]
