"""Build the demo through the product's own services: what it shows was uploaded, decoded, connected, scheduled.

Every step looks first and does only what is missing, so a killed seed is finished by the next one.
"""

import io
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tenants.utils import tenant_context

from assets.demo import draw
from assets.models import Asset, Folder
from assets.services import ingest, init_folders, store_upload
from content.models import MenuItem, Post
from content.services import compose_post, edit_brand, save_menu_item
from posting.demo.world import PARTNER, PASSWORD, RESTAURANTS, STAFF, DemoPost, Restaurant
from posting.services import schedule
from social.attaching import targets
from social.grants import pages_of
from social.models import Channel
from social.services import connect_channels, finish_connect, start_connect
from tenants.access import Actor
from tenants.models import Partner, PartnerMember, Tenant, User
from tenants.services import add_member, open_restaurant
from tenants.times import from_wall

Say = Callable[[str], None]
BY = Actor.system("demo")
TICKS = re.compile(r'name="(scope|page|ig)" value="([^"]+)"')


def seed(*, say: Say, now: datetime) -> None:
    for restaurant in RESTAURANTS:
        tenant = _restaurant(restaurant, now)
        with tenant_context(tenant):
            _brand_and_menu(restaurant, now)
            _photos(restaurant, say, now)
            if restaurant.page and not Channel.objects.exists():
                _connect(restaurant, tenant, say, now)
            if not Post.objects.exists():
                _posts(restaurant, tenant, now)
        say(f"{restaurant.name} is ready.")
    if not User.objects.filter(email=STAFF[0]).exists():
        User.objects.create_superuser(STAFF[0], PASSWORD, first_name=STAFF[1], last_name=STAFF[2])
    _partner()


def _partner() -> None:
    """An agency that works for all of them by the API."""
    email, first, last, name = PARTNER
    person = User.objects.filter(email=email).first() or User.objects.create_user(
        email, PASSWORD, first_name=first, last_name=last
    )
    partner, _created = Partner.objects.get_or_create(name=name, defaults={"contact_email": email})
    partner.tenants.add(*Tenant.objects.filter(slug__in=[restaurant.slug for restaurant in RESTAURANTS]))
    PartnerMember.objects.get_or_create(partner=partner, user=person)


def _restaurant(restaurant: Restaurant, now: datetime) -> Tenant:
    people = []
    for email, first, last, role in restaurant.people:
        user = User.objects.filter(email=email).first() or User.objects.create_user(
            email, PASSWORD, first_name=first, last_name=last
        )
        people.append((user, role))
    owner = people[0][0]
    tenant = Tenant.objects.filter(slug=restaurant.slug).first() or open_restaurant(
        name=restaurant.name,
        timezone=restaurant.timezone,
        country=restaurant.country,
        plan=restaurant.plan,
        slug=restaurant.slug,
        owner=owner,
        by=BY,
        now=now,
    )
    for user, role in people[1:]:
        if not user.memberships.filter(tenant=tenant).exists():
            add_member(tenant=tenant, user=user, role=role, by=Actor.of(owner), now=now)
    return tenant


def _brand_and_menu(restaurant: Restaurant, now: datetime) -> None:
    if MenuItem.objects.exists():
        return
    edit_brand(changes=dict(restaurant.brand), by=BY, now=now)
    for dish in restaurant.menu:
        values = {
            "section": dish.section,
            "name": dish.name,
            "price": dish.price,
            "currency": "EUR" if restaurant.country == "DE" else "USD",
            "description": dish.description,
            "allergens": list(dish.allergens),
        }
        save_menu_item(values=values, by=BY, now=now)


def _photos(restaurant: Restaurant, say: Say, now: datetime) -> None:
    if not Folder.objects.exists():
        init_folders(by=BY, now=now)
    folders = {folder.name: folder for folder in Folder.objects.all()}
    dishes = {dish.photo: dish.name for dish in restaurant.menu if dish.photo}
    there = set(Asset.objects.values_list("title", flat=True))
    for photo in restaurant.photos:
        if photo.title in there:
            continue
        say(f"{restaurant.name}: {photo.title}")
        asset = store_upload(
            file=io.BytesIO(draw(photo.drawing)),
            filename=f"{photo.drawing.replace(' ', '-')}.jpg",
            folder=folders.get(photo.folder),
            tags=photo.tags,
            title=photo.title,
            by=BY,
            now=now,
        )
        # The clock of this moment: a lease counted from the start of the seed would be over on a slow machine,
        # and the worker would decode the same photo beside us.
        ingest(asset_id=asset.pk, now=timezone.now())
        item = MenuItem.objects.filter(name=dishes.get(photo.drawing, "")).first()
        Asset.objects.filter(pk=asset.pk).update(
            alt_text=photo.alt,
            menu_item_id=item.pk if item else None,
            menu_item_name=item.name if item else "",
        )
        if item and item.photo_id is None:
            item.photo_id = asset.pk
            item.save(update_fields=["photo"])


def _connect(restaurant: Restaurant, tenant: Tenant, say: Say, now: datetime) -> None:
    """Walk the sandbox's consent dialog as a person would. With another Meta configured nobody is walked."""
    if not settings.SANDBOX_URL or not settings.FACEBOOK_DIALOG_URL.startswith(settings.SANDBOX_URL):
        say(
            "Channels are not connected: FACEBOOK_DIALOG_URL is not the sandbox. Connect them on the Channels page."
        )
        return
    owner = tenant.memberships.get(role="owner").user
    session = get_random_string(32)
    address = start_connect(tenant=tenant, user=owner, session_key=session, now=now)
    with httpx2.Client(timeout=20, trust_env=False) as browser:
        browser.post(f"{settings.SANDBOX_URL}/control/config", json={"lively_public": True})
        dialog = browser.get(f"{address}&person={restaurant.person}").raise_for_status().text
        answer = browser.post(address, data=_ticked(dialog, restaurant.person), follow_redirects=False)
    sent = parse_qs(urlsplit(answer.headers["Location"]).query)
    finished = finish_connect(
        state=sent["state"][0], code=sent["code"][0], session_key=session, user=owner, now=now
    )
    keys = [
        target.key
        for page in pages_of(finished.connection)
        if page.name == restaurant.page
        for target in targets(page)
    ]
    connect_channels(connection=finished.connection, keys=keys, by=Actor.of(owner), now=now)


def _ticked(dialog: str, person: str) -> dict[str, list[str] | str]:
    data: dict[str, list[str] | str] = {"person": person, "continue": "1"}
    for name, value in TICKS.findall(dialog):
        data.setdefault(name, [])
        data[name].append(value)  # type: ignore[union-attr]
    return data


def _posts(restaurant: Restaurant, tenant: Tenant, now: datetime) -> None:
    channels = {channel.platform: channel for channel in Channel.objects.publishable()}
    if not channels:
        return
    photos = {asset.title: asset.pk for asset in Asset.objects.all()}
    for wanted in restaurant.posts:
        post = compose_post(
            caption=wanted.caption,
            asset_ids=[photos[title] for title in wanted.photos],
            menu_item_id=MenuItem.objects.filter(name=wanted.dish).values_list("pk", flat=True).first(),
            by=BY,
            now=now,
        )
        schedule(
            post=post,
            channels=_chosen(channels, wanted.platforms),
            publish_at=_when(wanted, tenant, now),
            by=BY,
            now=now,
        )


def _chosen(channels: dict[str, Channel], platforms: Iterable[str]) -> list[Channel]:
    return [channels[platform] for platform in platforms if platform in channels]


def _when(wanted: DemoPost, tenant: Tenant, now: datetime) -> datetime | None:
    if wanted.days is None:
        return None
    day = tenant.local(now) + timedelta(days=wanted.days)
    return from_wall(
        day.replace(hour=wanted.hour, minute=0, second=0, microsecond=0, tzinfo=None), tenant.timezone
    )
