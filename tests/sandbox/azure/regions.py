# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure regions: a table of real ones with what disaster recovery wants to know about them.

Facts (names, coordinates, pairs, zones) from the public answer of ARM's locations call; pairs are not symmetric and
some regions have none, as in the real answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .errors import ArmError


@dataclass(frozen=True)
class Region:
    """One physical region."""

    name: str
    display_name: str
    group: str
    geography: str
    place: str
    latitude: str
    longitude: str
    paired: tuple[str, ...]
    zonal: bool

    @property
    def compact_name(self) -> str:
        """The display name without blanks: a spelling that some answers of Azure use (``WestEurope``)."""
        return self.display_name.replace(" ", "")

    def document(self, subscription: str) -> dict[str, Any]:
        """The region as the locations call answers it."""
        base = f"/subscriptions/{subscription}/locations/"
        document: dict[str, Any] = {
            "id": base + self.name,
            "name": self.name,
            "type": "Region",
            "displayName": self.display_name,
            "regionalDisplayName": f"({self.group}) {self.display_name}",
            "metadata": {
                "regionType": "Physical",
                "regionCategory": "Recommended" if self.zonal else "Other",
                "geography": self.geography,
                "geographyGroup": self.group,
                "longitude": self.longitude,
                "latitude": self.latitude,
                "physicalLocation": self.place,
                "pairedRegion": [{"name": name, "id": base + name} for name in self.paired],
            },
        }
        if self.zonal:
            document["availabilityZoneMappings"] = [
                {"logicalZone": zone, "physicalZone": f"{self.name}-az{zone}"} for zone in "123"
            ]
        return document


_TABLE = (
    # name, display name, geography group, geography, place, latitude, longitude, paired regions, has zones
    ("westeurope", "West Europe", "Europe", "Europe", "Netherlands", "52.3667", "4.9", ("northeurope",), True),
    ("northeurope", "North Europe", "Europe", "Europe", "Ireland", "53.3478", "-6.2597", ("westeurope",), True),
    ("swedencentral", "Sweden Central", "Europe", "Sweden", "Gävle", "60.67488", "17.14127", ("swedensouth",), True),
    (
        "germanywestcentral",
        "Germany West Central",
        "Europe",
        "Germany",
        "Frankfurt",
        "50.110924",
        "8.682127",
        ("germanynorth",),
        True,
    ),
    ("francecentral", "France Central", "Europe", "France", "Paris", "46.3772", "2.373", ("francesouth",), True),
    ("uksouth", "UK South", "UK", "United Kingdom", "London", "50.941", "-0.799", ("ukwest",), True),
    ("ukwest", "UK West", "UK", "United Kingdom", "Cardiff", "53.427", "-3.084", ("uksouth",), False),
    (
        "switzerlandnorth",
        "Switzerland North",
        "Europe",
        "Switzerland",
        "Zurich",
        "47.451542",
        "8.564572",
        ("switzerlandwest",),
        True,
    ),
    ("norwayeast", "Norway East", "Europe", "Norway", "Norway", "59.913868", "10.752245", ("norwaywest",), True),
    ("italynorth", "Italy North", "Europe", "Italy", "Milan", "45.46888", "9.18109", (), True),
    ("spaincentral", "Spain Central", "Europe", "Spain", "Madrid", "40.4259", "3.4209", (), True),
    ("polandcentral", "Poland Central", "Europe", "Poland", "Warsaw", "52.23334", "21.01666", (), True),
    ("eastus", "East US", "US", "United States", "Virginia", "37.3719", "-79.8164", ("westus",), True),
    ("eastus2", "East US 2", "US", "United States", "Virginia", "36.6681", "-78.3889", ("centralus",), True),
    ("centralus", "Central US", "US", "United States", "Iowa", "41.5908", "-93.6208", ("eastus2",), True),
    (
        "northcentralus",
        "North Central US",
        "US",
        "United States",
        "Illinois",
        "41.8819",
        "-87.6278",
        ("southcentralus",),
        False,
    ),
    (
        "southcentralus",
        "South Central US",
        "US",
        "United States",
        "Texas",
        "29.4167",
        "-98.5",
        ("northcentralus",),
        True,
    ),
    ("westus", "West US", "US", "United States", "California", "37.783", "-122.417", ("eastus",), False),
    ("westus2", "West US 2", "US", "United States", "Washington", "47.233", "-119.852", ("westcentralus",), True),
    ("westus3", "West US 3", "US", "United States", "Phoenix", "33.448376", "-112.074036", ("eastus",), True),
    ("canadacentral", "Canada Central", "Canada", "Canada", "Toronto", "43.653", "-79.383", ("canadaeast",), True),
    (
        "brazilsouth",
        "Brazil South",
        "South America",
        "Brazil",
        "Sao Paulo State",
        "-23.55",
        "-46.633",
        ("southcentralus",),
        True,
    ),
    ("japaneast", "Japan East", "Asia Pacific", "Japan", "Tokyo, Saitama", "35.68", "139.77", ("japanwest",), True),
    (
        "southeastasia",
        "Southeast Asia",
        "Asia Pacific",
        "Asia Pacific",
        "Singapore",
        "1.283",
        "103.833",
        ("eastasia",),
        True,
    ),
    (
        "australiaeast",
        "Australia East",
        "Asia Pacific",
        "Australia",
        "New South Wales",
        "-33.86",
        "151.2094",
        ("australiasoutheast",),
        True,
    ),
    ("centralindia", "Central India", "Asia Pacific", "India", "Pune", "18.5822", "73.9197", ("southindia",), True),
    (
        "southafricanorth",
        "South Africa North",
        "Africa",
        "South Africa",
        "Johannesburg",
        "-25.73134",
        "28.21837",
        ("southafricawest",),
        True,
    ),
    ("uaenorth", "UAE North", "Middle East", "UAE", "Dubai", "25.266666", "55.316666", ("uaecentral",), True),
)

REGIONS: dict[str, Region] = {row[0]: Region(*row) for row in _TABLE}

_LOGICAL = ("europe", "unitedstates", "asia", "global")


def normalised(location: str) -> str:
    """``West Europe``, ``WestEurope`` and ``westeurope`` are the same region."""
    return "".join(location.split()).lower()


def find_region(location: object, kind: str) -> Region:
    """The region of that name in any spelling; ARM's errors if there is none."""
    if not isinstance(location, str) or not location.strip():
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    region = REGIONS.get(normalised(location))
    if region is None:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type '{kind}'. "
            f"List of available regions for the resource type is '{','.join(sorted(REGIONS))}'.",
        )
    return region


def list_regions(subscription: str) -> list[dict[str, Any]]:
    """All regions, and a few logical ones, which have no coordinates (as in the real answer)."""
    logical = [
        {
            "id": f"/subscriptions/{subscription}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": name.title(),
            "regionalDisplayName": name.title(),
            "metadata": {"regionType": "Logical", "regionCategory": "Other"},
        }
        for name in _LOGICAL
    ]
    return [region.document(subscription) for region in REGIONS.values()] + logical
