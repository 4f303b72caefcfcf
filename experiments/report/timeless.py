"""Office files are archives: made again without the time of day, so that equal content is equal."""

import io
import zipfile

_EPOCH = (1980, 1, 1, 0, 0, 0)


def timeless(archive: bytes) -> bytes:
    """The same archive with every entry dated at the format's epoch."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            dated = zipfile.ZipInfo(entry.filename, _EPOCH)
            dated.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(dated, old.read(entry))
    return buffer.getvalue()
