# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access_key:
    description:
      - The AWS access key id. Can also be set with E(AWS_ACCESS_KEY_ID) or E(AWS_ACCESS_KEY).
      - Without it, credentials come from wherever boto3 finds them, such as a profile, single sign-on, a web identity, or the role of the
        machine or container.
    type: str
    aliases: [aws_access_key_id, aws_access_key]
  secret_key:
    description:
      - The AWS secret access key. Can also be set with E(AWS_SECRET_ACCESS_KEY) or E(AWS_SECRET_KEY).
    type: str
    aliases: [aws_secret_access_key, aws_secret_key]
  session_token:
    description:
      - The session token of temporary credentials. Can also be set with E(AWS_SESSION_TOKEN) or E(AWS_SECURITY_TOKEN).
    type: str
    aliases: [aws_session_token]
  profile:
    description:
      - A profile of the AWS configuration, which cannot be given together with keys. Can also be set with E(AWS_PROFILE) or
        E(AWS_DEFAULT_PROFILE).
    type: str
    aliases: [aws_profile]
  assume_role_arn:
    description:
      - The ARN of a role to work in. It is assumed with the other credentials, and assumed again before it expires.
    type: str
  assume_role_external_id:
    description:
      - The external id that the role wants.
    type: str
  region:
    description:
      - The region. Can also be set with E(AWS_REGION) or E(AWS_DEFAULT_REGION), or by the profile.
    type: str
    aliases: [aws_region]
  endpoint_url:
    description:
      - A URL to connect to instead of AWS's own. Can also be set with E(AWS_URL) or E(AWS_ENDPOINT_URL).
    type: str
    aliases: [aws_endpoint_url]
  validate_certs:
    description:
      - V(false) does not check the servers' certificates.
    type: bool
    default: true
  aws_ca_bundle:
    description:
      - A file with certificate authorities to trust. Can also be set with E(AWS_CA_BUNDLE).
    type: path
  aws_config:
    description:
      - Settings of botocore's C(Config), laid over those of this collection, such as V(connect_timeout) or V(retries).
    type: dict
requirements:
  - python >= 3.10
  - boto3 >= 1.34
notes:
  - Names and environment variables are those of C(amazon.aws), which AWX sets for credentials of the type Amazon Web Services.
"""
