"""The database's own memory of the rules: a mistake in the code is stopped here.

The list of edges is a copy of posting.states.EDGES (tests/posting/test_guards.py holds them together).
"""

from django.db import migrations

GUARDS = """
CREATE FUNCTION dispatch_due_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    edges constant text[] := ARRAY[
        'armed>cancelled',
        'armed>flipping',
        'armed>held',
        'armed>missed',
        'armed>published',
        'armed>scheduled',
        'flipping>armed',
        'flipping>published',
        'flipping>verifying',
        'held>armed',
        'held>cancelled',
        'held>missed',
        'held>published',
        'held>scheduled',
        'missed>armed',
        'missed>cancelled',
        'missed>published',
        'needs_owner>cancelled',
        'needs_owner>published',
        'needs_owner>verifying',
        'preparing>cancelled',
        'preparing>held',
        'preparing>missed',
        'preparing>processing',
        'preparing>quarantined',
        'preparing>rejected',
        'preparing>scheduled',
        'processing>armed',
        'processing>cancelled',
        'processing>held',
        'processing>missed',
        'processing>quarantined',
        'processing>rejected',
        'processing>scheduled',
        'quarantined>cancelled',
        'rejected>cancelled',
        'scheduled>cancelled',
        'scheduled>held',
        'scheduled>missed',
        'scheduled>preparing',
        'verifying>armed',
        'verifying>needs_owner',
        'verifying>published'
    ];
    rule text;
BEGIN
    IF current_setting('posting.erase', true) = 'on' THEN  -- closing a restaurant, erasing a person's data
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.state NOT IN ('published', 'cancelled') THEN
            RAISE EXCEPTION 'due %: only finished rows may go', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'scheduled' OR NEW.fence <> 0 OR NEW.flips <> 0 OR NEW.remote_object_id <> '' THEN
            RAISE EXCEPTION 'due %: a row begins at the beginning', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    rule := CASE
        WHEN (NEW.id, NEW.tenant_id, NEW.publication_id, NEW.version, NEW.channel_id, NEW.kind, NEW.steps)
             IS DISTINCT FROM
             (OLD.id, OLD.tenant_id, OLD.publication_id, OLD.version, OLD.channel_id, OLD.kind, OLD.steps)
            THEN 'what a row is about never changes'
        WHEN NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (edges))
            THEN 'no such move: ' || OLD.state || ' -> ' || NEW.state
        WHEN NEW.fence NOT IN (OLD.fence, OLD.fence + 1)
            THEN 'a fence moves by one'
        WHEN NEW.lease_until IS NOT NULL AND NEW.lease_until IS DISTINCT FROM OLD.lease_until
             AND NEW.fence <> OLD.fence + 1
            THEN 'a new lease needs a new fence'
        WHEN NEW.state = 'flipping' AND OLD.state <> 'flipping'
             AND NOT (NEW.fence = OLD.fence + 1 AND NEW.flips = OLD.flips + 1 AND NEW.lease_until IS NOT NULL)
            THEN 'a flip needs a new fence, a lease and an intent'
        WHEN NEW.flips <> OLD.flips
             AND NOT (NEW.flips = OLD.flips + 1 AND NEW.state = 'flipping' AND OLD.state = 'armed')
             AND NOT (NEW.flips = OLD.flips - 1 AND NEW.state = 'armed' AND OLD.state = 'flipping')
            THEN 'flips are counted when they are intended, and given back only when unsent'
        WHEN OLD.flips > 0 AND NEW.remote_object_id <> OLD.remote_object_id
            THEN 'an object that was sent a flip is for life'
        WHEN OLD.state = 'published' AND NEW.published_at IS DISTINCT FROM OLD.published_at
            THEN 'published is published'
    END;
    IF rule IS NOT NULL THEN
        RAISE EXCEPTION 'due %: %', OLD.id, rule USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispatch_due_guard BEFORE INSERT OR UPDATE OR DELETE ON dispatch_due
    FOR EACH ROW EXECUTE FUNCTION dispatch_due_guard();

CREATE FUNCTION dispatch_attempt_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('posting.erase', true) = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'dispatch_attempt is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER dispatch_attempt_guard BEFORE UPDATE OR DELETE ON dispatch_attempt
    FOR EACH ROW EXECUTE FUNCTION dispatch_attempt_guard();

-- Finished rows, by month (posting/dispatch/sweep.py). LIKE copies columns and defaults, not the guards.
CREATE TABLE dispatch_finished (LIKE dispatch_due INCLUDING DEFAULTS) PARTITION BY RANGE (updated_at);
CREATE INDEX dispatch_finished_publication ON dispatch_finished (publication_id);
CREATE INDEX dispatch_finished_tenant ON dispatch_finished (tenant_id);

-- Most rows are updated in place a dozen times and then only read.
ALTER TABLE dispatch_due SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
"""
UNDO = """
DROP TABLE dispatch_finished;
DROP TRIGGER dispatch_due_guard ON dispatch_due; DROP FUNCTION dispatch_due_guard();
DROP TRIGGER dispatch_attempt_guard ON dispatch_attempt; DROP FUNCTION dispatch_attempt_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, UNDO)]
