"""Inviting, joining, roles and leaving."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from tenants import services
from tenants.access import Actor, Role
from tenants.errors import Refused
from tenants.models import Audit, Invitation, Membership, User

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def member(tenant, user) -> Membership:
    return Membership.objects.get(tenant=tenant, user=user)


def invite(cast, capture, *, email="new@example.com", role=Role.EDITOR, by=None):
    with capture(execute=True):
        services.invite(tenant=cast.cafe, email=email, role=role, by=Actor.of(by or cast.alice), now=NOW)


def token_of(mail) -> str:
    return re.search(r"/invitations/([\w-]+)/", mail.body).group(1)


def test_an_invitation_is_mailed_and_lets_its_address_in(
    cast, mailoutbox, django_capture_on_commit_callbacks
):
    invite(cast, django_capture_on_commit_callbacks, email=" New@Example.com ")
    mail = mailoutbox[0]
    assert mail.to == ["new@example.com"]
    assert mail.subject == "You are invited to Krusty Cafe"
    new = User.objects.create_user("new@example.com", "correct horse battery")
    services.accept_invitation(token=token_of(mail), user=new, now=NOW)
    assert member(cast.cafe, new).role == Role.EDITOR


def test_the_database_does_not_hold_the_token(cast, mailoutbox, django_capture_on_commit_callbacks):
    invite(cast, django_capture_on_commit_callbacks)
    assert token_of(mailoutbox[0]) not in str(Invitation.objects.values().get())


def test_a_forwarded_invitation_lets_nobody_else_in(cast, mailoutbox, django_capture_on_commit_callbacks):
    invite(cast, django_capture_on_commit_callbacks)
    with pytest.raises(Refused) as refused:
        services.accept_invitation(token=token_of(mailoutbox[0]), user=cast.charlie, now=NOW)
    assert refused.value.code == "invitation_of_other"
    assert not Membership.objects.filter(tenant=cast.cafe, user=cast.charlie).exists()


@pytest.mark.parametrize("how", ["late", "withdrawn", "used", "replaced"])
def test_an_invitation_that_is_over_says_so(cast, mailoutbox, django_capture_on_commit_callbacks, how):
    invite(cast, django_capture_on_commit_callbacks)
    token, now = token_of(mailoutbox[0]), NOW
    new = User.objects.create_user("new@example.com", "correct horse battery")
    if how == "late":
        now = NOW + timedelta(days=7)
    elif how == "withdrawn":
        services.withdraw_invitation(invitation=Invitation.objects.get(), by=Actor.of(cast.alice), now=NOW)
    elif how == "used":
        services.accept_invitation(token=token, user=new, now=NOW)
    else:
        invite(cast, django_capture_on_commit_callbacks)
    with pytest.raises(Refused) as refused:
        services.accept_invitation(token=token, user=new, now=now)
    assert (refused.value.code, refused.value.status) == ("invitation_gone", 410)


def test_a_member_is_not_invited_again(cast):
    with pytest.raises(Refused) as refused:
        services.invite(
            tenant=cast.cafe, email="BOB@example.com", role="viewer", by=Actor.of(cast.alice), now=NOW
        )
    assert refused.value.code == "already_member"


def test_a_manager_makes_no_owners_and_touches_none(cast):
    services.change_role(member=member(cast.cafe, cast.bob), role="manager", by=Actor.of(cast.alice), now=NOW)
    manager = Actor.of(cast.bob)
    with pytest.raises(Refused, match="Only an owner"):
        services.change_role(member=member(cast.cafe, cast.vera), role="owner", by=manager, now=NOW)
    with pytest.raises(Refused, match="Only an owner"):
        services.remove_member(member=member(cast.cafe, cast.alice), by=manager, now=NOW)
    with pytest.raises(Refused, match="Only an owner"):
        services.invite(tenant=cast.cafe, email="x@example.com", role="owner", by=manager, now=NOW)
    services.change_role(member=member(cast.cafe, cast.vera), role="editor", by=manager, now=NOW)
    assert member(cast.cafe, cast.vera).role == "editor"


def test_being_an_owner_elsewhere_gives_nothing_here(cast):
    with pytest.raises(Refused, match="Only an owner"):
        services.change_role(
            member=member(cast.cafe, cast.bob), role="owner", by=Actor.of(cast.charlie), now=NOW
        )


@pytest.mark.parametrize("act", ["remove", "demote"])
def test_the_last_owner_stays(cast, act):
    alone = member(cast.cafe, cast.alice)
    with pytest.raises(Refused) as refused:
        if act == "remove":
            services.remove_member(member=alone, by=Actor.of(cast.alice), now=NOW)
        else:
            services.change_role(member=alone, role="viewer", by=Actor.of(cast.alice), now=NOW)
    assert refused.value.code == "last_owner"


def test_everybody_may_leave(cast):
    services.remove_member(member=member(cast.cafe, cast.vera), by=Actor.of(cast.vera), now=NOW)
    assert not Membership.objects.filter(tenant=cast.cafe, user=cast.vera).exists()
    assert Audit.objects.get(action="person.removed").detail["email"] == "vera@example.com"


def test_two_owners_who_remove_each_other_at_once_leave_one(committed_cast):
    cast = committed_cast
    services.change_role(member=member(cast.cafe, cast.bob), role="owner", by=Actor.of(cast.alice), now=NOW)
    pairs = [(member(cast.cafe, cast.bob), cast.alice), (member(cast.cafe, cast.alice), cast.bob)]
    gate, outcomes = threading.Barrier(2), []

    def work(target, by):
        try:
            gate.wait()
            services.remove_member(member=target, by=Actor.of(by), now=NOW)
            outcomes.append("removed")
        except Refused as refused:
            outcomes.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("removed") == 1
    assert Membership.objects.filter(tenant=cast.cafe, role="owner").count() == 1
