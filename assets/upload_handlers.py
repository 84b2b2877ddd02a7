"""No request body is written to disk beyond what any upload may weigh, whatever address it is sent to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from assets.sniff import Limits

MIB = 1024 * 1024
ONE_FILE = (
    Limits().video_bytes + MIB
)  # one byte more is enough for the service to refuse it with its sentence
WHOLE_BODY = 1024 * MIB
STRANGERS_BODY = 5 * MIB  # nobody uploads before signing in


class CappedUpload(FileUploadHandler):
    """First in FILE_UPLOAD_HANDLERS: cuts a file off at the limit and closes on bodies that are beyond reason.

    A file that was cut off arrives one MiB too large, so `sniff.check_weight` refuses it by its size.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        if content_length > (WHOLE_BODY if self._known() else STRANGERS_BODY):
            raise RequestDataTooBig("This body is larger than any upload.")

    def _known(self) -> bool:
        """The API asks who it is before it reads a body (tenants/api_base.py); forms are read, to check their
        token, before any view runs.
        """
        request = self.request
        if request is None or request.user.is_authenticated:
            return True
        view = getattr(request.resolver_match, "func", None)
        return request.path.startswith("/api/v1/") and getattr(view, "csrf_exempt", False)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.seen += len(raw_data)
        return None if self.seen > ONE_FILE + MIB else raw_data

    def file_complete(self, file_size: int) -> None:
        return None
