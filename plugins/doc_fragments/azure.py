# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  auth_source:
    description:
      - Where the credentials come from.
      - V(auto) takes the first of the task's options (O(profile), or O(client_id) or O(ad_user)), the environment,
        the profile C(default) of C(~/.azure/credentials), and the Azure CLI's sign-in.
      - V(msi) is the managed identity of the machine.
      - Can also be set with the environment variable E(ANSIBLE_AZURE_AUTH_SOURCE).
    type: str
    choices: [auto, cli, credential_file, env, msi]
    default: auto
  profile:
    description:
      - The section of C(~/.azure/credentials) to use. Can also be set with E(AZURE_PROFILE).
    type: str
  subscription_id:
    description:
      - The subscription in which names are looked up. Can also be set with E(AZURE_SUBSCRIPTION_ID).
      - Not needed when the identity sees exactly one subscription.
    type: str
  client_id:
    description:
      - The application id of a service principal, or the client id of a user-assigned managed identity.
        Can also be set with E(AZURE_CLIENT_ID).
    type: str
  secret:
    description:
      - The service principal's secret. Can also be set with E(AZURE_SECRET) or E(AZURE_CLIENT_SECRET).
    type: str
  tenant:
    description:
      - The tenant to sign in to. Can also be set with E(AZURE_TENANT) or E(AZURE_TENANT_ID).
    type: str
  ad_user:
    description:
      - A user to sign in as, with O(password). Can also be set with E(AZURE_AD_USER).
      - Does not work for users with multi-factor authentication; prefer a service principal.
    type: str
  password:
    description:
      - The password of O(ad_user). Can also be set with E(AZURE_PASSWORD).
    type: str
  x509_certificate_path:
    description:
      - A PEM file with the service principal's certificate and private key. Can also be set with
        E(AZURE_X509_CERTIFICATE_PATH) or E(AZURE_CLIENT_CERTIFICATE_PATH).
    type: path
  thumbprint:
    description:
      - Accepted so that defaults written for C(azure.azcollection) work; the thumbprint is computed from the certificate.
    type: str
  oidc_token:
    description:
      - A token of a federated identity (workload identity). Can also be set with E(AZURE_FEDERATED_TOKEN).
    type: str
  oidc_token_file_path:
    description:
      - A file that holds such a token. Can also be set with E(AZURE_FEDERATED_TOKEN_FILE).
    type: path
  cloud_environment:
    description:
      - V(AzureCloud), V(AzureChinaCloud), V(AzureUSGovernment), or the https URL of a cloud's metadata endpoint.
      - Can also be set with E(AZURE_CLOUD_ENVIRONMENT).
    type: str
    default: AzureCloud
  adfs_authority_url:
    description:
      - The token service to sign in at, where it is not the one that the cloud names. Can also be set with
        E(AZURE_ADFS_AUTHORITY_URL) or E(AZURE_AUTHORITY_HOST).
    type: str
  disable_instance_discovery:
    description:
      - Do not ask Microsoft whether the token service is a known one. Needed for clouds without a connection to the internet.
      - Can also be set with E(AZURE_DISABLE_INSTANCE_DISCOVERY).
    type: bool
    default: false
  cert_validation_mode:
    description:
      - V(ignore) does not check the servers' certificates. Can also be set with E(AZURE_CERT_VALIDATION_MODE).
      - To trust a certificate authority of your own, set E(REQUESTS_CA_BUNDLE) instead.
    type: str
    choices: [validate, ignore]
    default: validate
requirements:
  - python >= 3.10
  - azure-identity >= 1.17
  - azure-mgmt-core >= 1.5
  - requests
notes:
  - Options that say so can be given by environment variables, those of C(azure.azcollection), which AWX sets for
    credentials of the type Microsoft Azure Resource Manager, and those of Microsoft's own tools.
"""
