"""Pages of this room below /r/<slug>/."""

from django.urls import path

from content.views import brand, menu, rewriting, writing

urlpatterns = [
    path("brand/", brand.brand, name="brand"),
    path("brand/save/", brand.brand_save, name="brand_save"),
    path("menu/", menu.menu, name="menu"),
    path("menu/new/", menu.menu_item, name="menu_item_new"),
    path("menu/import/", menu.menu_import, name="menu_import"),
    path("menu/<uuid:item_id>/", menu.menu_item, name="menu_item"),
    path("menu/<uuid:item_id>/available/", menu.menu_item_available, name="menu_item_available"),
    path("menu/<uuid:item_id>/delete/", menu.menu_item_delete, name="menu_item_delete"),
    path("menu/<uuid:item_id>/move/", menu.menu_item_move, name="menu_item_move"),
    path("writing/", writing.generations, name="generations"),
    path("writing/rewrite/", rewriting.rewrite, name="rewrite"),
    path("writing/photo/", rewriting.describe, name="describe_chosen"),
    path("writing/photo/<uuid:asset_id>/", rewriting.describe, name="describe_photo"),
    path("writing/<uuid:generation_id>/again/", rewriting.again, name="generation_again"),
    path("writing/<uuid:generation_id>/describe/", rewriting.use_description, name="use_description"),
    path("writing/budget/", writing.budget, name="ai_budget"),
    path("writing/<uuid:generation_id>/", writing.generation, name="generation"),
    path("writing/<uuid:generation_id>/download.json", writing.generation_json, name="generation_json"),
]
