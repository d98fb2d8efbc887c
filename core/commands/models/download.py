"""The job of `model download`."""

from __future__ import annotations

from core import paths
from core.commands.request import JobRequest, absolute_path
from core.config.options.download import DownloadOptions
from core.errors import LabtopError
from core.models.catalog import catalog, located
from core.models.download.job import DownloadJob
from core.models.download.oci import require_skopeo
from core.models.download.source import sources


def download_request(options: DownloadOptions) -> JobRequest:
    """The download that the options ask for. Raises LabtopError for mistakes that can be found before it starts."""
    models_dir = absolute_path(options.models_dir) or paths.current().models_dir
    chosen = sources(options.repositories, options.releases, located(catalog(), models_dir))
    if not chosen:
        raise LabtopError(
            "All models that are needed for customizing are on this machine.",
            hint="`labtop model catalog` shows the others; `labtop model download --repository NAME` downloads one.",
        )
    if any(source.kind == "oci" for source in chosen):
        require_skopeo()
    job = DownloadJob(tuple(chosen), str(models_dir))
    title = f"Download {chosen[0].name}" if len(chosen) == 1 else f"Download {len(chosen)} models"
    return JobRequest("download", "core.models.download.job:run", job.to_data(), title)
