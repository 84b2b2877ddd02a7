"""Below /r/<slug>/library/."""

from django.urls import path, re_path

from assets.views import changes, files, pages, transfers, uploads

urlpatterns = [
    path("", pages.library, name="library"),
    path("picker/", pages.picker, name="library_picker"),
    path("upload/", uploads.upload, name="library_upload"),
    path("transfers/", transfers.start, name="library_transfer_start"),
    path("transfers/<uuid:upload_id>/", transfers.transfer, name="library_transfer"),
    path("bulk/", changes.bulk, name="library_bulk"),
    path("trash/empty/", changes.trash_empty, name="library_trash_empty"),
    path("folders/", changes.folder_new, name="library_folder_new"),
    path("folders/starter/", changes.folders_init, name="library_folders_init"),
    path("folders/<uuid:folder_id>/", changes.folder_change, name="library_folder"),
    path("asset/<uuid:asset_id>/", pages.asset, name="library_asset"),
    path("asset/<uuid:asset_id>/status/", uploads.status, name="library_asset_status"),
    path("asset/<uuid:asset_id>/favourite/", changes.favourite, name="library_favourite"),
    path("asset/<uuid:asset_id>/replace/", changes.replace, name="library_replace"),
    path("asset/<uuid:asset_id>/versions/<int:number>/", changes.version_back, name="library_version"),
    path("asset/<uuid:asset_id>/versions/<int:number>/file/", files.earlier, name="library_earlier"),
    path("asset/<uuid:asset_id>/original/", files.original, name="library_original"),
    re_path(
        r"^file/(?P<rendition_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?P<suffix>jpg|webp|mp4)$",
        files.rendition_file,
        name="library_file",
    ),
]
