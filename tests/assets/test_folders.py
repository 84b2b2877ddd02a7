from __future__ import annotations

import pytest

from assets import services
from assets.models import MAX_DEPTH, Asset, Folder
from tenants.errors import Refused
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, upload

pytestmark = pytest.mark.django_db
WHO = {"by": BOB, "now": NOW}


def tree(parent: Folder | None = None) -> dict:
    return {folder.name: tree(folder) for folder in Folder.objects.filter(parent=parent)}


def test_the_starter_folders_appear_once_however_often_asked(cafe):
    services.init_folders(**WHO)
    services.init_folders(**WHO)
    assert tree() == {
        "Food": {"Appetizers": {}, "Mains": {}, "Desserts": {}},
        "Drinks": {},
        "Restaurant": {},
        "Seasonal": {},
    }


def test_names_are_unique_among_siblings_whatever_their_case(cafe):
    food = services.create_folder(name="Food", **WHO)
    with pytest.raises(Refused, match="already"):
        services.create_folder(name=" food ", **WHO)
    assert services.create_folder(name="Food", parent=food, **WHO).parent == food


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a/b"])
def test_a_bad_name_is_refused_with_a_sentence(cafe, name):
    with pytest.raises(Refused) as caught:
        services.create_folder(name=name, **WHO)
    assert caught.value.field == "name"


def test_a_folder_is_renamed(cafe):
    folder = services.create_folder(name="Foood", **WHO)
    services.rename_folder(folder=folder, name="Food", **WHO)
    services.rename_folder(folder=folder, name="FOOD", **WHO)
    assert tree() == {"FOOD": {}}


def test_a_folder_cannot_move_into_itself_or_below(cafe):
    a = services.create_folder(name="A", **WHO)
    b = services.create_folder(name="B", parent=a, **WHO)
    for target in (a, b):
        with pytest.raises(Refused, match="into itself"):
            services.move_folder(folder=a, parent=target, **WHO)


def test_a_folder_moves_with_all_below_and_takes_its_place(cafe):
    services.init_folders(**WHO)
    mains, drinks = Folder.objects.get(name="Mains"), Folder.objects.get(name="Drinks")
    services.move_folder(folder=mains, parent=drinks, **WHO)
    services.move_folder(folder=drinks, parent=None, position=0, **WHO)
    assert list(tree()) == ["Drinks", "Food", "Restaurant", "Seasonal"]
    assert tree()["Drinks"] == {"Mains": {}}


def test_trees_stay_shallow_enough_for_a_phone(cafe):
    folder = None
    for level in range(MAX_DEPTH):
        folder = services.create_folder(name=f"{level}", parent=folder, **WHO)
    with pytest.raises(Refused, match="deep"):
        services.create_folder(name="too deep", parent=folder, **WHO)
    pair = services.create_folder(name="pair", **WHO)
    services.create_folder(name="inner", parent=pair, **WHO)
    with pytest.raises(Refused, match="deep"):
        services.move_folder(folder=pair, parent=folder.parent, **WHO)


def test_a_full_folder_is_deleted_only_with_a_place_for_its_content(cafe):
    services.init_folders(**WHO)
    food, mains, drinks = (Folder.objects.get(name=name) for name in ("Food", "Mains", "Drinks"))
    asset = upload(corpus.jpeg(), folder=mains)
    with pytest.raises(Refused, match="not empty"):
        services.delete_folder(folder=mains, **WHO)
    services.delete_folder(folder=mains, move_to=drinks, **WHO)
    asset.refresh_from_db()
    assert asset.folder == drinks
    with pytest.raises(Refused, match="outside"):
        services.delete_folder(folder=food, move_to=Folder.objects.get(name="Desserts"), **WHO)
    services.delete_folder(folder=food, move_up=True, **WHO)
    assert set(tree()) == {"Appetizers", "Desserts", "Drinks", "Restaurant", "Seasonal"}


def test_an_empty_folder_goes_and_what_was_trashed_in_it_can_come_back(cafe):
    folder = services.create_folder(name="Old", **WHO)
    asset = upload(corpus.jpeg(), folder=folder)
    services.trash_assets(asset_ids=[asset.pk], **WHO)
    services.delete_folder(folder=folder, **WHO)
    services.restore_assets(asset_ids=[asset.pk], **WHO)
    assert Asset.objects.on_shelf().get().folder is None
