# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS's regions. AWS publishes the place of each region, not its coordinates, so these are the cities'.

Sources: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html for the names and places.
AWS's prices between regions are not here: they are given with the option `prices`.
"""

from __future__ import annotations

# name: (latitude, longitude, geography)
AWS: dict[str, tuple[float, float, str]] = {
    "af-south-1": (-33.93, 18.42, "Africa"),
    "ap-east-1": (22.32, 114.17, "Asia Pacific"),
    "ap-east-2": (25.03, 121.57, "Asia Pacific"),
    "ap-northeast-1": (35.68, 139.69, "Asia Pacific"),
    "ap-northeast-2": (37.57, 126.98, "Asia Pacific"),
    "ap-northeast-3": (34.69, 135.5, "Asia Pacific"),
    "ap-south-1": (19.08, 72.88, "Asia Pacific"),
    "ap-south-2": (17.39, 78.49, "Asia Pacific"),
    "ap-southeast-1": (1.35, 103.82, "Asia Pacific"),
    "ap-southeast-2": (-33.87, 151.21, "Asia Pacific"),
    "ap-southeast-3": (-6.21, 106.85, "Asia Pacific"),
    "ap-southeast-4": (-37.81, 144.96, "Asia Pacific"),
    "ap-southeast-5": (3.14, 101.69, "Asia Pacific"),
    "ap-southeast-6": (-36.85, 174.76, "Asia Pacific"),
    "ap-southeast-7": (13.76, 100.5, "Asia Pacific"),
    "ca-central-1": (45.5, -73.57, "Canada"),
    "ca-west-1": (51.05, -114.07, "Canada"),
    "eu-central-1": (50.11, 8.68, "Europe"),
    "eu-central-2": (47.37, 8.54, "Europe"),
    "eu-north-1": (59.33, 18.07, "Europe"),
    "eu-south-1": (45.46, 9.19, "Europe"),
    "eu-south-2": (41.65, -0.88, "Europe"),
    "eu-west-1": (53.35, -6.26, "Europe"),
    "eu-west-2": (51.51, -0.13, "Europe"),
    "eu-west-3": (48.86, 2.35, "Europe"),
    "il-central-1": (32.09, 34.78, "Middle East"),
    "me-central-1": (24.45, 54.38, "Middle East"),
    "me-south-1": (26.07, 50.56, "Middle East"),
    "mx-central-1": (20.59, -100.39, "Mexico"),
    "sa-east-1": (-23.55, -46.63, "South America"),
    "us-east-1": (38.95, -77.45, "US"),
    "us-east-2": (39.96, -83.0, "US"),
    "us-west-1": (37.35, -121.96, "US"),
    "us-west-2": (45.84, -119.7, "US"),
}
