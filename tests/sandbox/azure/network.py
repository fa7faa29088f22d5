# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual networks and subnets (from the seed, read only) and network interfaces."""

from __future__ import annotations

from typing import Any

from .call import Call, Reply, items_of, only_fields, properties_of, reference, section, tags_of
from .errors import ArmError, bad_request, missing_parameter, other_location, resource_not_found
from .ids import NETWORK, NIC, SECURITY_GROUP, SUBNET, check_name, key, make_id, parse_id
from .listing import page
from .regions import find_region
from .state import Network, Nic, SecurityGroup, State


def get_network(call: Call, name: str) -> Reply:
    """One virtual network."""
    return Reply(200, show_network(call, _require_network(call, name)))


def list_networks_in_group(call: Call) -> Reply:
    """The virtual networks of the resource group."""
    assert call.group is not None
    return page(call, call.state.networks.in_group(call.group.subscription, call.group.name), show_network)


def list_networks(call: Call) -> Reply:
    """The virtual networks of the subscription."""
    return page(call, call.state.networks.in_subscription(call.subscription), show_network)


def get_subnet(call: Call, name: str, subnet: str) -> Reply:
    """One subnet."""
    network = _require_network(call, name)
    if subnet.lower() not in network.subnets:
        raise ArmError(404, "NotFound", f"Resource {network.id}/subnets/{subnet} not found.")
    return Reply(200, _show_subnet(network, subnet.lower()))


def list_subnets(call: Call, name: str) -> Reply:
    """The subnets of a virtual network."""
    network = _require_network(call, name)
    return Reply(200, {"value": [_show_subnet(network, subnet) for subnet in network.subnets]})


def get_security_group(call: Call, name: str) -> Reply:
    """One network security group."""
    assert call.group is not None
    found = call.state.security_groups.get(make_id(call.subscription, call.group.name, SECURITY_GROUP, name))
    if found is None:
        raise resource_not_found(SECURITY_GROUP, name, call.group.name)
    call.touch(found.location)
    return Reply(200, _show_security_group(call, found))


def list_security_groups(call: Call) -> Reply:
    """The network security groups of the resource group."""
    assert call.group is not None
    groups = call.state.security_groups.in_group(call.group.subscription, call.group.name)
    return page(call, groups, _show_security_group)


def put_nic(call: Call, name: str) -> Reply:
    """Create a network interface in an existing subnet of its region, or change its tags."""
    check_name(name)
    known = frozenset({"id", "name", "type", "location", "tags", "properties", "extendedLocation"})
    only_fields(call.body, known, "NetworkInterface")
    properties = properties_of(call.body)
    region = find_region(call.body.get("location"), NIC)
    call.touch(region.name)
    tags = tags_of(call.body)
    assert call.group is not None
    existing = call.state.nics.get(make_id(call.group.subscription, call.group.name, NIC, name))
    if existing is not None and existing.location != region.name:
        raise other_location(existing.name, existing.location, region.name, NIC, existing.group)
    nic = make_nic(call, name, region.name, properties, tags)
    if existing is not None:
        existing.tags, existing.configurations = tags, nic.configurations
        existing.security_group, existing.accelerated = nic.security_group, nic.accelerated
        return Reply(200, show_nic(call, existing))
    call.state.nics.add(nic)
    return Reply(201, show_nic(call, nic))


def make_nic(call: Call, name: str, location: str, properties: dict[str, Any], tags: dict[str, str] | None) -> Nic:
    """A network interface from its properties, checked but not yet put into the state."""
    assert call.group is not None
    wanted = items_of(properties, "ipConfigurations")
    if not wanted:
        raise bad_request(
            f"Network interface {name} has no IP configurations.",
            code="NetworkInterfaceMustHaveAtLeastOneIpConfiguration",
        )
    security_group = reference(section(properties, "networkSecurityGroup"), "networkSecurityGroup")
    if security_group is not None:
        _check_security_group(call, security_group, location)
    nic = Nic(
        id=make_id(call.group.subscription, call.group.name, NIC, name),
        name=name,
        subscription=call.group.subscription,
        group=call.group.name,
        location=location,
        born=call.now,
        tags=tags,
        security_group=security_group,
        accelerated=bool(properties.get("enableAcceleratedNetworking")),
    )
    for index, item in enumerate(wanted):
        nic.configurations.append(_configuration(call, nic, item, index))
    return nic


def _configuration(call: Call, nic: Nic, item: dict[str, Any], index: int) -> dict[str, Any]:
    configuration_name = item.get("name")
    if not configuration_name:
        raise missing_parameter("ipConfigurations.name")
    properties = properties_of(item)
    if properties.get("publicIPAddress") or properties.get("publicIPAddressConfiguration"):
        raise bad_request("The sandbox has no public IP addresses.", code="InvalidResourceReference")
    subnet_id = reference(section(properties, "subnet"), "ipConfigurations.subnet")
    if subnet_id is None:
        raise bad_request(
            f"Subnet reference is missing in IP configuration '{configuration_name}' of {nic.name}.",
            code="SubnetIsRequired",
        )
    network, subnet = find_subnet(call, subnet_id)
    if network.location != nic.location:
        raise bad_request(
            f"Resource {network.id} referenced by resource {nic.id} is in region '{network.location}', not in "
            f"'{nic.location}'. Both have to be in the same region.",
            code="InvalidResourceReference",
        )
    _name, prefix = network.subnets[subnet]
    return {
        "name": configuration_name,
        "id": f"{nic.id}/ipConfigurations/{configuration_name}",
        "type": "Microsoft.Network/networkInterfaces/ipConfigurations",
        "properties": {
            "provisioningState": "Succeeded",
            "privateIPAddress": properties.get("privateIPAddress") or _address(prefix, len(call.state.nics) + 4),
            "privateIPAllocationMethod": properties.get("privateIPAllocationMethod") or "Dynamic",
            "subnet": {"id": subnet_id},
            "primary": bool(properties.get("primary", index == 0)),
            "privateIPAddressVersion": "IPv4",
        },
    }


def _address(prefix: str, number: int) -> str:
    base = prefix.split("/", 1)[0].rsplit(".", 1)[0]
    return f"{base}.{number % 250 + 4}"


def find_subnet(call: Call, subnet_id: str) -> tuple[Network, str]:
    """The network and lower-case name of a subnet that a body refers to."""
    parsed = parse_id(subnet_id, "subnet.id")
    network = None
    if parsed.kind == SUBNET.lower():
        call.check_linked(parsed, f"{SUBNET}/join/action")
        network = call.state.networks.get(make_id(parsed.subscription, parsed.group, NETWORK, parsed.names[0]))
    if network is None or parsed.name.lower() not in network.subnets:
        raise bad_request(
            f"Resource {subnet_id} referenced by the request was not found. Please make sure that the referenced "
            "resource exists, and that both resources are in the same region.",
            code="InvalidResourceReference",
        )
    return network, parsed.name.lower()


def _check_security_group(call: Call, group_id: str, location: str) -> None:
    parse_id(group_id, "networkSecurityGroup.id")
    found = call.state.security_groups.get(group_id)
    if found is None or found.location != location:
        raise bad_request(
            f"Resource {group_id} referenced by the request was not found in region '{location}'.",
            code="InvalidResourceReference",
        )


def get_nic(call: Call, name: str) -> Reply:
    """One network interface."""
    assert call.group is not None
    nic = _find_nic(call, name)
    if nic is None:
        raise resource_not_found(NIC, name, call.group.name)
    return Reply(200, show_nic(call, nic))


def list_nics_in_group(call: Call) -> Reply:
    """The network interfaces of the resource group."""
    assert call.group is not None
    return page(call, call.state.nics.in_group(call.group.subscription, call.group.name), show_nic)


def list_nics(call: Call) -> Reply:
    """The network interfaces of the subscription."""
    return page(call, call.state.nics.in_subscription(call.subscription), show_nic)


def delete_nic(call: Call, name: str) -> Reply:
    """Delete a network interface that no VM uses."""
    nic = _find_nic(call, name)
    if nic is None:
        return Reply(204)
    if nic.vm:
        raise nic_in_use(nic, nic.vm)
    call.state.nics.remove(nic.id)
    return Reply(200)


def nic_in_use(nic: Nic, vm: str) -> ArmError:
    """The interface belongs to a VM."""
    return bad_request(f"Network Interface {nic.id} is used by existing resource {vm}.", code="NicInUse")


def show_nic(_call: Call, nic: Nic) -> dict[str, Any]:
    """A network interface as it is answered."""
    properties: dict[str, Any] = {
        "provisioningState": nic.provisioning,
        "ipConfigurations": nic.configurations,
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
        "enableAcceleratedNetworking": nic.accelerated,
        "enableIPForwarding": False,
        "nicType": "Standard",
    }
    if nic.security_group:
        properties["networkSecurityGroup"] = {"id": nic.security_group}
    if nic.vm:
        properties |= {"virtualMachine": {"id": nic.vm}, "primary": nic.primary}
    return _document(nic, NIC, properties)


def show_network(_call: Call, network: Network) -> dict[str, Any]:
    """A virtual network as it is answered."""
    properties = {
        "provisioningState": "Succeeded",
        "addressSpace": {"addressPrefixes": network.address_space},
        "subnets": [_show_subnet(network, subnet) for subnet in network.subnets],
        "virtualNetworkPeerings": [],
        "enableDdosProtection": False,
    }
    return _document(network, NETWORK, properties)


def _show_subnet(network: Network, subnet: str) -> dict[str, Any]:
    name, prefix = network.subnets[subnet]
    return {
        "name": name,
        "id": f"{network.id}/subnets/{name}",
        "type": SUBNET,
        "properties": {"provisioningState": "Succeeded", "addressPrefix": prefix, "delegations": []},
    }


def _show_security_group(_call: Call, group: SecurityGroup) -> dict[str, Any]:
    return _document(group, SECURITY_GROUP, {"provisioningState": "Succeeded", "securityRules": []})


def _document(resource: Network | Nic | SecurityGroup, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": resource.name,
        "id": resource.id,
        "type": kind,
        "location": resource.location,
    }
    if resource.tags is not None:
        document["tags"] = resource.tags
    document["properties"] = properties
    return document


def _find_nic(call: Call, name: str) -> Nic | None:
    assert call.group is not None
    nic = call.state.nics.get(make_id(call.group.subscription, call.group.name, NIC, name))
    if nic is not None:
        call.touch(nic.location)
    return nic


def _require_network(call: Call, name: str) -> Network:
    assert call.group is not None
    network = call.state.networks.get(make_id(call.group.subscription, call.group.name, NETWORK, name))
    if network is None:
        raise resource_not_found(NETWORK, name, call.group.name)
    call.touch(network.location)
    return network


def release_nics(state: State, vm_id: str) -> None:
    """Take a VM that is gone off its interfaces."""
    for nic in state.nics:
        if nic.vm and key(nic.vm) == key(vm_id):
            nic.vm = None
