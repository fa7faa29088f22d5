# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pure functions as filters."""

from __future__ import annotations

import functools
import typing as t
from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError


def as_filter(function: Callable[..., t.Any]) -> Callable[..., t.Any]:
    """Return the function as a filter: what is wrong with a workload becomes Ansible's error."""

    @functools.wraps(function)
    def guarded(*args: t.Any, **kwargs: t.Any) -> t.Any:
        try:
            return function(*args, **kwargs)
        except WorkloadError as error:
            raise AnsibleFilterError(str(error)) from error

    return guarded
