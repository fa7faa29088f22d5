# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This machine, reached by a connection that does not call itself local."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = r"""
name: elsewhere
short_description: This machine, by another name
description: What ansible.builtin.local does, for tests of what only happens on other connections.
author: bcdr.multicloud contributors (@bcdr-multicloud)
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(LocalConnection):
    """See above."""

    transport = "elsewhere"
