"""The [cluster] section: which Dask cluster works for a country, and where files travel when disks are not shared."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from commune_coverage.config.thresholds import Strict

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]
SCHEDULER = ("tcp://", "tls://", "dask://")


class Gateway(Strict):
    """A Dask Gateway: its address, and what it is asked for each cluster that it starts."""

    address: Annotated[str, Field(pattern=r"^https?://")]
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)


class Kubernetes(Strict):
    """A DaskCluster of the operator of dask-kubernetes: the ``name`` of one that runs, or a ``spec`` file to start."""

    name: Name | None = None
    namespace: Name | None = None
    spec: Path | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.name is None) == (self.spec is None):
            raise ValueError("give either 'name', of a DaskCluster that runs, or 'spec', a file that describes one")
        return self


class Cluster(Strict):
    """Where ``engine = "cluster"`` works. ``workers`` are asked for where a Gateway starts the cluster.

    ``storage`` is any fsspec address, without credentials: those come from the environment or fsspec's configuration.
    """

    scheduler: str | None = None
    gateway: Gateway | None = None
    kubernetes: Kubernetes | None = None
    workers: int = Field(2, ge=1, le=10_000)
    storage: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.scheduler, self.gateway, self.kubernetes)) > 1:
            raise ValueError("name one of 'scheduler', 'gateway' and 'kubernetes'")
        return self

    @field_validator("scheduler")
    @classmethod
    def _address(cls, address: str | None) -> str | None:
        if address is not None and (not address.startswith(SCHEDULER) or "@" in address):
            raise ValueError("a scheduler's address is such as 'dask://host:8786'")
        return address

    @field_validator("storage")
    @classmethod
    def _without_credentials(cls, address: str | None) -> str | None:
        if address is None:
            return None
        if not re.match(r"^[a-z][a-z0-9+.-]*://.", address):
            raise ValueError("an address of storage is such as 's3://bucket/prefix' or 'file:///mnt/shared/x'")
        if any(mark in address for mark in "@?#"):
            raise ValueError("credentials come from the environment or fsspec's configuration, not from this address")
        return address.rstrip("/")
