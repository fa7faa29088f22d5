# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  nutanix_host:
    description:
      - The host name or IP address of Prism Central. Can also be set with E(NUTANIX_HOST).
    type: str
    required: true
  nutanix_port:
    description:
      - Its port. Can also be set with E(NUTANIX_PORT).
    type: str
    default: "9440"
  nutanix_username:
    description:
      - The user to sign in as. Can also be set with E(NUTANIX_USERNAME).
    type: str
  nutanix_password:
    description:
      - The user's password. Can also be set with E(NUTANIX_PASSWORD).
    type: str
  nutanix_api_key:
    description:
      - The API key of a service account, which is used instead of a user, from Prism Central 7.3. Can also be set with E(NUTANIX_API_KEY).
    type: str
  validate_certs:
    description:
      - V(false) does not check Prism Central's certificate. Can also be set with E(VALIDATE_CERTS).
    type: bool
    default: true
  ca_path:
    description:
      - A file with certificate authorities to trust. Can also be set with E(NUTANIX_CA_PATH).
    type: path
  read_timeout:
    description:
      - How long to wait for one answer, in milliseconds.
    type: int
    default: 30000
  nutanix_debug:
    description:
      - Whether the client libraries write what they do to O(nutanix_log_file). Can also be set with E(NUTANIX_DEBUG).
    type: bool
    default: false
  nutanix_log_file:
    description:
      - The file to write to, by default C(nutanix_ansible_debug.log) in the folder for temporary files. Passwords and keys are left out.
        Can also be set with E(NUTANIX_LOG_FILE).
    type: str
  https_proxy:
    description:
      - The URL of a proxy. Can also be set with E(HTTPS_PROXY).
    type: str
  http_proxy:
    description:
      - The URL of a proxy, when neither O(https_proxy) nor O(all_proxy) is given. Can also be set with E(HTTP_PROXY).
    type: str
  all_proxy:
    description:
      - The URL of a proxy, when O(https_proxy) is not given. Can also be set with E(ALL_PROXY).
    type: str
  no_proxy:
    description:
      - Hosts to reach without a proxy, separated by commas. Can also be set with E(NO_PROXY).
    type: str
  proxy_username:
    description:
      - The user to sign in to the proxy as. Can also be set with E(PROXY_USERNAME).
    type: str
  proxy_password:
    description:
      - Its password. Can also be set with E(PROXY_PASSWORD).
    type: str
requirements:
  - python >= 3.10
  - ntnx-dataprotection-py-client >= 4.0.1
  - ntnx-prism-py-client >= 4.0.1
notes:
  - Names and environment variables are those of C(nutanix.ncp).
  - The client libraries want urllib3 1.26, so they need an environment of their own. Prism Central 7.3 needs release 4.1.1 of them, and
    pc.2024.3 needs 4.0.1.
"""
