# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regions: where they are, which are pairs, and what sending from one to another costs by list price."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.aws_regions import AWS
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.azure_regions import AZURE
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import PlanningError

PROVIDERS = ("azure", "aws")
_EARTH_RADIUS_KM = 6371.0
# Azure's zones and its list prices between regions in dollars per GB
# (https://azure.microsoft.com/pricing/details/bandwidth/): within the zone, and to another one.
_ZONES = {
    "US": "North America",
    "Canada": "North America",
    "Mexico": "North America",
    "Europe": "Europe",
    "UK": "Europe",
    "Asia Pacific": "Asia, Oceania, Middle East and Africa",
    "Middle East": "Asia, Oceania, Middle East and Africa",
    "Africa": "Asia, Oceania, Middle East and Africa",
    "South America": "South America",
}
_AZURE_PRICES = {
    "North America": (0.02, 0.05),
    "Europe": (0.02, 0.05),
    "Asia, Oceania, Middle East and Africa": (0.08, 0.08),
    "South America": (0.16, 0.16),
}


@dataclass(frozen=True)
class Region:
    """A region; coordinates in degrees, None where unknown; `zone` is that of Azure's prices."""

    name: str
    latitude: float | None = None
    longitude: float | None = None
    pair: str = ""
    geography: str = ""
    zone: str = ""


def known_regions(provider: str | None) -> dict[str, Region]:
    """Return the regions of a provider by name; without one, of all."""
    known = {}
    if provider in (None, "azure"):
        for name, (latitude, longitude, pair, geography, group) in AZURE.items():
            known[name] = Region(name, latitude, longitude, pair, geography, _ZONES.get(group, ""))
    if provider in (None, "aws"):
        for name, (latitude, longitude, geography) in AWS.items():
            known[name] = Region(name, latitude, longitude, "", geography)
    return known


def own_regions(given: Sequence[Mapping[str, Any]], known: Mapping[str, Region]) -> dict[str, Region]:
    """Return the known regions with those of the user laid over them; PlanningError names what is wrong."""
    regions = dict(known)
    seen = set()
    for entry in given:
        name = str(entry.get("name") or "")
        if not name:
            raise PlanningError("each of regions needs a name")
        if name in seen:
            raise PlanningError(f"regions has {name} twice")
        seen.add(name)
        latitude, longitude = entry.get("latitude"), entry.get("longitude")
        if (latitude is None) != (longitude is None):
            raise PlanningError(f"regions: {name} needs both latitude and longitude, or neither")
        old = regions.get(name, Region(name))
        if latitude is not None and longitude is not None:
            if not (-90 <= float(latitude) <= 90 and -180 <= float(longitude) <= 180):
                raise PlanningError(f"regions: {name} lies outside of the world: {latitude}, {longitude}")
            old = Region(name, float(latitude), float(longitude), old.pair, old.geography, old.zone)
        pair = str(entry.get("paired_with") or old.pair)
        regions[name] = Region(name, old.latitude, old.longitude, pair, old.geography, old.zone)
    return regions


def kilometres(one: Region, other: Region) -> float | None:
    """Return the great-circle distance (haversine), or None where coordinates are missing."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    first, second = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(other.longitude - one.longitude)
    chord = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(east / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def paired(one: Region, other: Region) -> bool:
    """Return whether one names the other as its pair."""
    return one.name == other.pair or other.name == one.pair


def list_price(sender: Region, receiver: Region) -> float | None:
    """Return the dollars per GB by Azure's list price, or None where none is known."""
    if sender.name == receiver.name:
        return 0.0
    if sender.zone:
        within, beyond = _AZURE_PRICES[sender.zone]
        return within if sender.zone == receiver.zone else beyond
    return None
