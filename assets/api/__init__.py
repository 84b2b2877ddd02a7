"""/api/v1/folders and /api/v1/assets: the library for partners."""

from django.urls import path

from assets.api import folders, library, transfers, versions

urlpatterns = [
    path("tenants/<uuid:tenant_id>/folders", folders.TenantFolders.as_view(), name="api_tenant_folders"),
    path("tenants/<uuid:tenant_id>/init-folders", folders.InitFolders.as_view(), name="api_init_folders"),
    path("folders", folders.Folders.as_view(), name="api_folders"),
    path("folders/<uuid:folder_id>", folders.FolderOne.as_view(), name="api_folder"),
    path("folders/<uuid:folder_id>/assets", library.FolderAssets.as_view(), name="api_folder_assets"),
    path("assets", library.Assets.as_view(), name="api_assets"),
    path("assets/uploads", transfers.Uploads.as_view(), name="api_uploads"),
    path("assets/uploads/<uuid:upload_id>", transfers.UploadOne.as_view(), name="api_upload"),
    path(
        "assets/uploads/<uuid:upload_id>/finish", transfers.UploadFinish.as_view(), name="api_upload_finish"
    ),
    path("assets/<uuid:asset_id>/versions", versions.Versions.as_view(), name="api_versions"),
    path(
        "assets/<uuid:asset_id>/versions/<int:number>/restore",
        versions.VersionBack.as_view(),
        name="api_version_restore",
    ),
    path("assets/<uuid:asset_id>", library.AssetOne.as_view(), name="api_asset"),
]
