"""The folder tree: make, rename, move (never into itself), delete (empty, or by moving what is inside)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assets.models import MAX_DEPTH, Asset, Folder
from tenants.access import Actor
from tenants.errors import Refused

NAME_LENGTH = 60
FOLDERS_MAX = 500
STARTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (gettext_noop("Food"), (gettext_noop("Appetizers"), gettext_noop("Mains"), gettext_noop("Desserts"))),
    (gettext_noop("Drinks"), ()),
    (gettext_noop("Restaurant"), ()),
    (gettext_noop("Seasonal"), ()),
)


def init_folders(*, by: Actor, now: datetime) -> list[Folder]:
    """The starter folders; those that exist (by name) stay as they are. Safe to call again."""
    with _tree_locked():
        for position, (name, inside) in enumerate(STARTERS):
            parent = _starter(None, _(name), position, now)
            for below, child in enumerate(inside):
                _starter(parent, _(child), below, now)
    return list(Folder.objects.all())


def _starter(parent: Folder | None, name: str, position: int, now: datetime) -> Folder:
    there = Folder.objects.filter(parent=parent, name__iexact=name).first()
    return there or Folder.objects.create(parent=parent, name=name, position=position, created_at=now)


def create_folder(*, name: str, parent: Folder | None = None, by: Actor, now: datetime) -> Folder:
    """A new folder at the end of its siblings. Raises Refused (field "name" or "parent")."""
    name = _clean_name(name)
    with _tree_locked():
        if Folder.objects.count() >= FOLDERS_MAX:
            raise Refused(
                _("There are %(max)s folders already; use tags instead.") % {"max": FOLDERS_MAX},
                code="too_many_folders",
            )
        if parent is not None and depth(parent) >= MAX_DEPTH:
            raise _too_deep()
        _refuse_twin(parent, name)
        last = Folder.objects.filter(parent=parent).order_by("position").last()
        return Folder.objects.create(
            parent=parent, name=name, position=last.position + 1 if last else 0, created_at=now
        )


def rename_folder(*, folder: Folder, name: str, by: Actor, now: datetime) -> Folder:
    name = _clean_name(name)
    with _tree_locked():
        _refuse_twin(folder.parent, name, but=folder)
        folder.name = name
        folder.save(update_fields=["name"])
    return folder


def move_folder(
    *, folder: Folder, parent: Folder | None, position: int | None = None, by: Actor, now: datetime
) -> Folder:
    """Under another parent (None: the top), at a position among its new siblings (None: last)."""
    with _tree_locked():
        folder.refresh_from_db()
        if parent is not None:
            parent.refresh_from_db()
            if folder.pk in {above.pk for above in _upwards(parent)}:
                raise Refused(_("A folder cannot be moved into itself."), code="folder_cycle", field="parent")
            if depth(parent) + _height(folder) > MAX_DEPTH:
                raise _too_deep()
        _refuse_twin(parent, folder.name, but=folder)
        siblings = list(Folder.objects.filter(parent=parent).exclude(pk=folder.pk))
        at = len(siblings) if position is None else min(max(position, 0), len(siblings))
        siblings.insert(at, folder)
        folder.parent = parent
        folder.save(update_fields=["parent"])
        for index, each in enumerate(siblings):
            each.position = index
        Folder.objects.bulk_update(siblings, ["position"])
    return folder


def delete_folder(
    *, folder: Folder, move_to: Folder | None = None, move_up: bool = False, by: Actor, now: datetime
) -> None:
    """An empty folder goes; a full one only with a place for its content: `move_to`, or `move_up`."""
    with _tree_locked():
        folder.refresh_from_db()
        shown = Asset.objects.on_shelf().filter(folder=folder)
        full = shown.exists() or folder.children.exists()
        if full and move_to is None and not move_up:
            raise Refused(
                _("“%(name)s” is not empty. Choose where its photos and folders should go first.")
                % {"name": folder.name},
                code="folder_not_empty",
                status=409,
            )
        target = folder.parent if move_up else move_to
        if target is not None and folder.pk in {above.pk for above in _upwards(target)}:
            raise Refused(
                _("Choose a folder outside the one you are deleting."), code="folder_cycle", field="move_to"
            )
        for child in folder.children.all():
            _refuse_twin(target, child.name, but=child)
            if target is not None and depth(target) + _height(child) > MAX_DEPTH:
                raise _too_deep()
            child.parent = target
            child.save(update_fields=["parent"])
        # What lies in the trash moves along, so that it can come back to somewhere.
        Asset.objects.filter(folder=folder).update(folder=target)
        folder.delete()


def find_folder(*, folder_id: UUID | str | None) -> Folder | None:
    """By id as it comes from a form: empty is "no folder", an unknown one is Refused."""
    if not folder_id:
        return None
    try:
        return Folder.objects.get(pk=UUID(str(folder_id)))
    except (Folder.DoesNotExist, ValueError):
        raise Refused(
            _("That folder is gone. Please choose another one."),
            code="folder_gone",
            field="folder",
            status=404,
        ) from None


def depth(folder: Folder) -> int:
    """1 for a folder at the top."""
    return len(list(_upwards(folder)))


def _upwards(folder: Folder | None) -> Iterable[Folder]:
    while folder is not None:
        yield folder
        folder = folder.parent


def _height(folder: Folder) -> int:
    return 1 + max((_height(child) for child in folder.children.all()), default=0)


def _clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused(_("Give the folder a name."), code="folder_name", field="name")
    if len(name) > NAME_LENGTH:
        raise Refused(
            _("Folder names may have up to %(max)s letters.") % {"max": NAME_LENGTH},
            code="folder_name",
            field="name",
        )
    if "/" in name:
        raise Refused(_("A folder name cannot contain “/”."), code="folder_name", field="name")
    return name


def _refuse_twin(parent: Folder | None, name: str, but: Folder | None = None) -> None:
    twins = Folder.objects.filter(parent=parent, name__iexact=name)
    if (twins.exclude(pk=but.pk) if but else twins).exists():
        raise Refused(
            _("There is a folder “%(name)s” here already.") % {"name": name},
            code="folder_exists",
            field="name",
            status=409,
        )


def _too_deep() -> Refused:
    return Refused(
        _("Folders can lie %(max)s deep. Please choose a place further up.") % {"max": MAX_DEPTH},
        code="folder_too_deep",
        field="parent",
    )


class _tree_locked:
    """One change of the tree at a time: two crossing moves could make a circle that no constraint sees."""

    def __enter__(self) -> None:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE assets_folder IN SHARE ROW EXCLUSIVE MODE")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._atomic.__exit__(kind, error, trace)  # type: ignore[arg-type]
        if isinstance(error, IntegrityError):
            raise Refused(
                _("There is a folder with that name here already."), code="folder_exists", status=409
            ) from error
