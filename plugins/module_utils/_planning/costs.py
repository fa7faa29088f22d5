# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seconds and dollars per link: measured here, recorded by earlier runs, or estimated from the distance."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import PlanningError
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.regions import (
    Region,
    kilometres,
    list_price,
    paired,
)

MEASURED, RECORDED, DISTANCE, GIVEN = "measured", "recorded", "distance", "given"
# Fitted to transfer rates between VMs in 22 Azure regions, all 462 ordered pairs, that Skyplane (NSDI 2023,
# https://github.com/skyplane-project/skyplane) measured in November 2022: 50.5 s + 0.00314 s per km for 128 GB. It
# explains a third of the variance and is off by 15 % on average, so measurements come first wherever there are any.
SECONDS_PER_GB = 50.5 / 128
SECONDS_PER_GB_KM = 0.00314 / 128
# The last records of a link that count; their median is robust against a bad day.
LAST_RECORDS = 5

Pair = tuple[str, str]


@dataclass(frozen=True)
class LinkRules:
    """What the user said of links. Patterns are (source or "", target or ""), "" meaning every region."""

    size_gb: float
    measured: Mapping[Pair, float] = field(default_factory=dict)
    recorded: Mapping[Pair, float] = field(default_factory=dict)
    in_region: float | None = None
    forbidden: tuple[Pair, ...] = ()
    failure_rates: Mapping[Pair, float] = field(default_factory=dict)
    prices: Mapping[Pair, float] = field(default_factory=dict)
    overhead: float = 0.0
    source_gbit: float | None = None
    pair_factor: float = 1.0


@dataclass(frozen=True)
class Link:
    """Seconds for a copy that shares its source with no other (inf: forbidden), where they come from, and dollars;
    `price_known` is False where no price is known and 0 is assumed."""

    seconds: float
    basis: str
    dollars: float
    price_known: bool = True


def matches(pattern: Pair, sender: str, receiver: str) -> bool:
    """Return whether a pattern means the link."""
    return pattern[0] in ("", sender) and pattern[1] in ("", receiver)


def scaled(seconds: float, from_gb: float | None, to_gb: float, overhead: float) -> float:
    """Return the seconds for another size; what a copy takes besides moving bytes stays."""
    if from_gb is None or from_gb == to_gb:
        return seconds
    return overhead + max(0.0, seconds - overhead) * to_gb / from_gb


def read_measurements(
    entries: Sequence[Mapping[str, Any]], what: str, size_gb: float, overhead: float, last: int
) -> dict[Pair, float]:
    """Return the median of the last entries of each link, as seconds for `size_gb`.

    An entry has `source`, `target`, and `seconds` (for `size_gb` of its own, if it has one) or `gbit_per_s`.
    """
    found: dict[Pair, list[float]] = {}
    for entry in entries:
        link = (str(entry.get("source") or ""), str(entry.get("target") or ""))
        where = f"{what}: {link[0] or '?'} to {link[1] or '?'}"
        if not all(link):
            raise PlanningError(f"{where} needs both source and target")
        seconds, rate = entry.get("seconds"), entry.get("gbit_per_s")
        if (seconds is None) == (rate is None):
            raise PlanningError(f"{where} needs either seconds or gbit_per_s")
        if rate is not None:
            value = overhead + size_gb * 8 / positive(rate, f"{where}: gbit_per_s")
        else:
            size = entry.get("size_gb")
            value = scaled(
                positive(seconds, f"{where}: seconds"),
                None if size is None else positive(size, f"{where}: size_gb"),
                size_gb,
                overhead,
            )
        found.setdefault(link, []).append(value)
    return {link: statistics.median(values[-last:]) for link, values in sorted(found.items())}


def positive(value: Any, what: str) -> float:
    """Return a finite number above zero, or raise PlanningError."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not (math.isfinite(number) and number > 0):
        raise PlanningError(f"{what} must be a number above 0, not {value!r}")
    return number


def link(sender: Region, receiver: Region, rules: LinkRules) -> Link:
    """Return what is known of a link; PlanningError if nothing is."""
    pair = (sender.name, receiver.name)
    price = next((rules.prices[pattern] for pattern in _specific_first(rules.prices, pair)), None)
    if price is None:
        price = list_price(sender, receiver)
    dollars = (price or 0.0) * rules.size_gb
    if any(matches(pattern, *pair) for pattern in rules.forbidden):
        return Link(math.inf, GIVEN, dollars, price is not None)
    seconds, basis = _seconds(sender, receiver, rules)
    rate = max((rules.failure_rates[pattern] for pattern in _specific_first(rules.failure_rates, pair)), default=0.0)
    # A copy that fails is started again: 1 / (1 - rate) attempts on average.
    return Link(seconds / (1.0 - rate), basis, dollars, price is not None)


def _specific_first(patterns: Mapping[Pair, float], pair: Pair) -> list[Pair]:
    found = [pattern for pattern in patterns if matches(pattern, *pair)]
    return sorted(found, key=lambda pattern: (-sum(map(bool, pattern)), pattern))


def _seconds(sender: Region, receiver: Region, rules: LinkRules) -> tuple[float, str]:
    pair = (sender.name, receiver.name)
    if pair in rules.measured:
        return rules.measured[pair], MEASURED
    if pair in rules.recorded:
        return rules.recorded[pair], RECORDED
    if sender.name == receiver.name:
        if rules.in_region is not None:
            return rules.in_region, GIVEN
        return rules.overhead + rules.size_gb * SECONDS_PER_GB, DISTANCE
    distance = kilometres(sender, receiver)
    if distance is None:
        unknown = " and ".join(region.name for region in (sender, receiver) if region.latitude is None)
        raise PlanningError(
            f"nothing is known of the link {sender.name} to {receiver.name}: give measurements of it, or the "
            f"coordinates of {unknown} in regions, or forbid it"
        )
    seconds = rules.size_gb * (SECONDS_PER_GB + SECONDS_PER_GB_KM * distance)
    return rules.overhead + seconds * (rules.pair_factor if paired(sender, receiver) else 1.0), DISTANCE


def shared_seconds(alone: float, readers: int, rules: LinkRules) -> float:
    """Return the seconds when several copies read the same source: each gets its share of the source's bandwidth."""
    if rules.source_gbit is None or alone == math.inf:
        return alone
    return max(alone, rules.overhead + rules.size_gb * 8 * readers / rules.source_gbit)
