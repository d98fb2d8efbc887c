"""The model of every command. Imports all of them, so only the generator of the table uses it."""

from __future__ import annotations

from core.config.options.base import Options
from core.config.options.config import MigrateOptions, ShowSettingsOptions
from core.config.options.data import ListDatasetsOptions, ShowDatasetOptions
from core.config.options.download import DownloadOptions
from core.config.options.init import InitOptions
from core.config.options.labtop import LabtopOptions
from core.config.options.models import (
    CatalogOptions,
    CompareOptions,
    ListModelsOptions,
    ModelTestOptions,
    RemoveModelsOptions,
    WhyOptions,
)
from core.config.options.process import (
    AttachOptions,
    CancelOptions,
    ListJobsOptions,
    LogsOptions,
    PruneOptions,
    RemoveOptions,
    ResumeOptions,
)
from core.config.options.quickstart import QuickstartOptions
from core.config.options.run import RunOptions
from core.config.options.service import InstallServiceOptions, ServiceLogsOptions, ServiceStatusOptions
from core.config.options.stop import StopOptions
from core.config.options.system import SystemEstimateOptions, SystemInfoOptions
from core.config.options.taxonomy import DiffOptions, DocsOptions, LintFilesOptions, NewLeafOptions, TreeOptions
from core.config.options.tls import (
    TlsCheckOptions,
    TlsInitOptions,
    TlsListOptions,
    TlsRemoveOptions,
    TlsTrustOptions,
)
from core.config.options.upload import UploadOptions
from core.config.settings import SECTION_MODELS

COMMANDS: dict[str, type[Options]] = {
    **SECTION_MODELS,
    "quickstart": QuickstartOptions,
    "run": RunOptions,
    "labtop": LabtopOptions,
    "config init": InitOptions,
    "config show": ShowSettingsOptions,
    "config migrate": MigrateOptions,
    "taxonomy new": NewLeafOptions,
    "taxonomy lint": LintFilesOptions,
    "taxonomy diff": DiffOptions,
    "taxonomy tree": TreeOptions,
    "taxonomy docs": DocsOptions,
    "data list": ListDatasetsOptions,
    "data show": ShowDatasetOptions,
    "model list": ListModelsOptions,
    "model catalog": CatalogOptions,
    "model remove": RemoveModelsOptions,
    "model test": ModelTestOptions,
    "model why": WhyOptions,
    "model compare": CompareOptions,
    "model download": DownloadOptions,
    "model upload": UploadOptions,
    "model stop": StopOptions,
    "service install": InstallServiceOptions,
    "service status": ServiceStatusOptions,
    "service logs": ServiceLogsOptions,
    "tls init": TlsInitOptions,
    "tls check": TlsCheckOptions,
    "tls trust": TlsTrustOptions,
    "tls list": TlsListOptions,
    "tls remove": TlsRemoveOptions,
    "system info": SystemInfoOptions,
    "system estimate": SystemEstimateOptions,
    "process list": ListJobsOptions,
    "process attach": AttachOptions,
    "process logs": LogsOptions,
    "process cancel": CancelOptions,
    "process resume": ResumeOptions,
    "process remove": RemoveOptions,
    "process prune": PruneOptions,
}
"""The models by name of the command."""
