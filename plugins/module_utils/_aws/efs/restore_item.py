# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restore as an item: looks at the point, the job and the file system, starts, completes or removes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.arns import file_system_id, parse_arn
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs import api
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.options import (
    place_of,
    point_option,
    role_option,
    vault_name_option,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restore_decision import (
    RestoreObserved,
    RestoreWanted,
    choose_point,
    decide_restore,
    is_complete,
    is_to_start,
    job_that_counts,
    made,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.restored import (
    RESTORED_FROM_TAG,
    Key,
    MountTarget,
    SettingsObserved,
    SettingsWanted,
    items_text,
    key_candidates,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.efs.values import (
    FileSystem,
    Job,
    Point,
    SourceSettings,
    parse_restore_metadata,
    parse_source_tag,
    source_settings,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import AwsItem, Session
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, ProviderError
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
)

# StartRestoreJob takes at most that much metadata.
_MOST_METADATA_BYTES = 200 * 1024
_FIELDS = ("transition_to_ia", "transition_to_archive", "transition_to_primary_storage_class")


class RestoreItem(AwsItem):
    """Reconciles one restore; options as in the module efs_backup_restore."""

    def __init__(self, params: Mapping[str, Any], session: Session) -> None:
        place = place_of(session)
        self._region = place.region
        self._vault_arn = place.vault_arn(params["backup_vault_name"])
        self._wanted = _wanted(params, place.region)
        target = self._wanted.target or self._wanted.creation_token
        super().__init__(session, params.get("name") or self._wanted.label, f"{place.account}>{place.region}>{target}")
        self._metadata: dict[str, dict[str, str]] = {}
        self._source: SourceSettings | None = None
        self._source_asked = ""
        self._watched = False

    def observe(self) -> RestoreObserved:
        wanted = self._wanted
        # The file system before the jobs: one that is there has a job, and a job that ended in between is looked at below.
        file_system = self._find_file_system()
        points = self._points()
        jobs = self._jobs_of_request(points or ())
        job = job_that_counts(jobs, file_system)
        if file_system is not None and job is None and RESTORED_FROM_TAG not in file_system.tags:
            # The list may be one that another item asked for before another run started this restore.
            jobs = self._jobs_of_request(points or (), fresh=True)
            job = job_that_counts(jobs, file_system)
        if job is not None and job.status in (SUCCEEDED, FAILED) and not made(job, file_system):
            # The job may have ended since: only now does what is there belong to how it ended.
            file_system = self._find_file_system()
            job = job_that_counts(jobs, file_system)
        if job is not None and job.status in (PENDING, RUNNING):
            self._watched = True
        observed = RestoreObserved(
            points=points,
            now=self.aws.now(),
            file_system=file_system,
            jobs=jobs,
            started=self.started,
            job_metadata=self._metadata[job.id] if job is not None else {},
            check_mode=self.session.check_mode,
            watched=self._watched,
        )
        if is_to_start(wanted, observed):
            observed = self._with_rules(observed)
        elif file_system is not None and not wanted.target:
            observed = self._with_settings(observed, file_system)
        if wanted.copy_tags and self.session.check_mode:
            observed = self._with_copied_tags(observed, job)
        return observed

    def _with_copied_tags(self, observed: RestoreObserved, job: Job | None) -> RestoreObserved:
        """Return what was seen with the tags that AWS will copy from the point, as a point has those of its source."""
        point = choose_point(self._wanted, observed.points or ())
        arn = job.point_arn if job is not None else (point.arn if point else "")
        if not arn:
            return observed
        return replace(observed, copied_tags=api.point_tags(self.aws, self._region, arn))

    def _find_file_system(self) -> FileSystem | None:
        if self._wanted.target:
            return api.get_file_system(self.aws, self._region, self._wanted.target)
        return api.find_file_system(self.aws, self._region, self._wanted.creation_token)

    def _points(self) -> tuple[Point, ...] | None:
        """Return the points of the source in the vault; a copy there says from which file system it once came."""
        wanted, region = self._wanted, self._region
        if wanted.state == "absent":
            return ()
        if wanted.point_arn:
            point = api.describe_point(self.aws, region, wanted.vault, wanted.point_arn)
            if point is None:
                return None if api.describe_vault(self.aws, region, wanted.vault) is None else ()
            if wanted.file_system and point.resource_arn.rsplit("/", 1)[-1] != wanted.file_system:
                raise InvalidRequest(
                    f"recovery_point_arn: {point.arn} is a point of {point.resource_arn}, not of {wanted.file_system}"
                )
            return (point,)
        found = self.aws.memory.remember(
            ("points", region, wanted.vault), lambda: api.list_points(self.aws, region, wanted.vault, "")
        )
        if found is None:
            return None
        return tuple(point for point in found if point.resource_arn.rsplit("/", 1)[-1] == wanted.file_system)

    def _jobs_of_request(self, points: Sequence[Point], fresh: bool = False) -> tuple[Job, ...]:
        """Return the jobs of this very request, by what AWS says that they were started with."""
        arns = {point.arn for point in points}
        found = []
        listed = api.list_restore_jobs(self.aws, self._region, fresh)
        # The list is that of this round of passes, and may be older than what this item has just started.
        just_started = self.started - {job.id for job in listed}
        described = [api.describe_restore_job(self.aws, self._region, one) for one in sorted(just_started)]
        for job in [*listed, *(one for one in described if one is not None)]:
            if job.id not in self.started and not self._may_be_ours(job, arns):
                continue
            if job.id not in self._metadata:
                self._metadata[job.id] = api.restore_job_metadata(self.aws, self._region, job.id)
            if self._is_ours(job):
                found.append(job)
        return tuple(found)

    def _may_be_ours(self, job: Job, points: set[str]) -> bool:
        if job.vault_arn not in ("", self._vault_arn):
            return False
        if self._wanted.point_arn:
            return job.point_arn == self._wanted.point_arn
        return (
            not job.resource_arn
            or job.resource_arn.rsplit("/", 1)[-1] == self._wanted.file_system
            or job.point_arn in points
        )

    def _is_ours(self, job: Job) -> bool:
        metadata = self._metadata[job.id]
        if not self._wanted.target:
            return metadata.get("CreationToken") == self._wanted.creation_token
        into = metadata.get("file-system-id", "").rsplit("/", 1)[-1]
        return (
            into == self._wanted.target
            and metadata.get("newFileSystem", "").lower() != "true"
            and metadata.get("ItemsToRestore") == items_text(self._wanted.items)
        )

    def _with_rules(self, observed: RestoreObserved) -> RestoreObserved:
        """Return what was seen with all that tells whether the restore can succeed."""
        wanted, region = self._wanted, self._region
        point = choose_point(wanted, observed.points or ())
        if point is None or not point.usable:
            return observed
        policy = self.aws.memory.remember(
            ("policy", region, wanted.vault), lambda: api.vault_policy(self.aws, region, wanted.vault)
        )
        if not point.storage_class:
            # A list does not tell the storage class.
            point = api.describe_point(self.aws, region, wanted.vault, point.arn) or point
            observed = replace(
                observed, points=tuple(point if one.arn == point.arn else one for one in observed.points or ())
            )
        if wanted.target:
            return replace(observed, policy=policy)
        source = self._source_settings(point)
        candidates = key_candidates(wanted.kms_key_id, wanted.kms_key_map, source, region)
        return replace(observed, policy=policy, source=source, keys=self._keys([key for key, _chosen in candidates]))

    def _keys(self, names: Sequence[str]) -> dict[str, Key | None]:
        return {name: self._key(name) for name in names}

    def _key(self, name: str) -> Key | None:
        region = self._region
        return self.aws.memory.remember(("key", region, name), lambda: api.describe_key(self.aws, region, name))

    def _source_settings(self, point: Point) -> SourceSettings | None:
        """Return how the source was set up: by the point's tag, the point's metadata, or the source if it can be asked."""
        if self._source_asked == point.arn:
            return self._source
        region = self._region
        found = parse_source_tag(api.point_tags(self.aws, region, point.arn), point.resource_arn.rsplit("/", 1)[-1])
        if found is None:
            found = parse_restore_metadata(api.restore_metadata(self.aws, region, self._wanted.vault, point.arn))
        if found is None:
            found = self._ask_source(point.resource_arn)
        self._source, self._source_asked = found, point.arn
        return found

    def _ask_source(self, resource_arn: str) -> SourceSettings | None:
        """Ask the source itself, which may be gone, out of reach, or in an account that this identity does not see."""
        arn = parse_arn(resource_arn)
        if arn is None or arn.account != self.aws.identity(self._region).account:
            return None
        try:
            found = api.source_file_system(self.session.elsewhere(arn.region, {}), arn.region, arn.name)
        except ProviderError:
            # The answer is the one for a source that is not known: encrypt, and warn.
            return None
        return source_settings(found) if found else None

    def _with_settings(self, observed: RestoreObserved, file_system: FileSystem) -> RestoreObserved:
        """Return what was seen with those settings of the file system that matter."""
        wanted, region = self._wanted, self._region
        if wanted.state == "absent":
            targets = api.mount_targets(self.aws, region, file_system.id)
            return replace(observed, settings=SettingsObserved(mount_targets=targets))
        if not is_complete(observed):
            return observed
        settings = wanted.settings
        seen = SettingsObserved(
            lifecycle=api.lifecycle_policies(self.aws, region, file_system.id)
            if settings.lifecycle is not None
            else {},
            automatic_backups=settings.automatic_backups is not None
            and api.backup_policy(self.aws, region, file_system.id),
            mount_targets=api.mount_targets(self.aws, region, file_system.id) if settings.mount_targets else (),
        )
        keys = self._keys([wanted.kms_key_id]) if wanted.kms_key_id else {}
        return replace(observed, settings=seen, keys=keys)

    def decide(self, observed: RestoreObserved) -> Decision:
        return self.told(decide_restore(self._wanted, observed))

    def perform(self, action: Action) -> None:
        self._watched = True
        payload, region = action.payload, self._region
        if action.verb == "restore":
            self.track(
                api.start_restore_job(
                    self.aws,
                    region,
                    payload["point_arn"],
                    self._wanted.role_arn,
                    payload["token"],
                    payload["metadata"],
                    self._wanted.copy_tags,
                )
            )
        elif action.verb == "delete":
            if "mount_target" in payload:
                api.delete_mount_target(self.aws, region, payload["mount_target"])
            else:
                api.delete_file_system(self.aws, region, payload["file_system"])
        else:
            self._set_up(payload)

    def _set_up(self, payload: Mapping[str, Any]) -> None:
        region = self._region
        file_system = api.find_file_system(self.aws, region, self._wanted.creation_token)
        if file_system is None:
            raise ProviderError(f"the file system of {self._wanted.label} is gone", operation="set it up")
        if "tags" in payload:
            api.tag_file_system(self.aws, region, file_system.id, payload["tags"])
        elif "throughput_mode" in payload:
            api.update_throughput(self.aws, region, file_system.id, payload["throughput_mode"], payload["provisioned"])
        elif "lifecycle" in payload:
            api.put_lifecycle_policies(self.aws, region, file_system.id, payload["lifecycle"])
        elif "automatic_backups" in payload:
            api.put_backup_policy(self.aws, region, file_system.id, payload["automatic_backups"])
        else:
            api.create_mount_target(self.aws, region, file_system.id, payload["mount_target"])


def _wanted(params: Mapping[str, Any], region: str) -> RestoreWanted:
    absent = params["state"] == "absent"
    identifier = file_system_id("file_system_id", params["file_system_id"]) if params.get("file_system_id") else ""
    point = params.get("recovery_point_arn") or ""
    if point:
        point_option("recovery_point_arn", point)
    items = tuple(params.get("items") or ())
    for index, item in enumerate(items):
        if not item.startswith("/") or "*" in item:
            raise InvalidRequest(
                f"items[{index}]: {item!r} is not a path from the root of the file system; AWS takes no wildcards"
            )
    if len(items_text(items).encode()) > _MOST_METADATA_BYTES:
        raise InvalidRequest(
            "items: are more than the 200 KB that AWS takes; restore the whole, or a directory above them"
        )
    target = ""
    if params.get("target_file_system_id"):
        target = file_system_id("target_file_system_id", params["target_file_system_id"])
        _check_target(params, items, point)
    if params.get("copy_tags") and items:
        raise InvalidRequest("copy_tags: AWS copies tags only when the whole file system is restored, not with items")
    tags = {str(key): str(value) for key, value in (params.get("tags") or {}).items()}
    if any(key.startswith("aws:") or key == RESTORED_FROM_TAG for key in tags):
        raise InvalidRequest(
            f"tags: keys that begin with aws: are AWS's own, and {RESTORED_FROM_TAG} is set by this module"
        )
    if params.get("name"):
        tags.setdefault("Name", params["name"])
    return RestoreWanted(
        region=region,
        vault=vault_name_option("backup_vault_name", params["backup_vault_name"]),
        name=params.get("name") or "",
        file_system=identifier,
        point_arn=point,
        role_arn="" if absent else role_option(params["iam_role_arn"]),
        items=items,
        target=target,
        encrypt=params.get("encrypt"),
        kms_key_id=params.get("kms_key_id") or "",
        kms_key_map={str(key): str(value) for key, value in (params.get("kms_key_map") or {}).items()},
        performance_mode=_PERFORMANCE_MODES[params["performance_mode"]] if params.get("performance_mode") else "",
        zone=_zone(params.get("availability_zone_name") or "", region),
        copy_tags=bool(params.get("copy_tags")),
        settings=_settings(params, tags),
        state=params["state"],
    )


_PERFORMANCE_MODES = {"general_purpose": "generalPurpose", "max_io": "maxIO"}
_NEW_ONLY = (
    "encrypt",
    "kms_key_id",
    "kms_key_map",
    "performance_mode",
    "availability_zone_name",
    "throughput_mode",
    "lifecycle_policies",
    "automatic_backups",
    "mount_targets",
    "tags",
    "copy_tags",
)


def _check_target(params: Mapping[str, Any], items: tuple[str, ...], point: str) -> None:
    if params["state"] == "absent":
        raise InvalidRequest("target_file_system_id: cannot be removed with state absent, since no restore made it")
    if not items or not point:
        raise InvalidRequest(
            "target_file_system_id: needs items and recovery_point_arn: only items are restored into a file system that "
            "exists, once per recovery point"
        )
    for option in _NEW_ONLY:
        given = params.get(option)
        # copy_tags is false unless it is asked for; any other false is asked for.
        if given or (given is False and option != "copy_tags"):
            raise InvalidRequest(f"{option}: is for a new file system, not for items into target_file_system_id")


def _zone(zone: str, region: str) -> str:
    if zone and not zone.startswith(region):
        raise InvalidRequest(f"availability_zone_name: {zone} is not a zone of {region}, where the vault is")
    return zone


def _settings(params: Mapping[str, Any], tags: Mapping[str, str]) -> SettingsWanted:
    mode, amount = params.get("throughput_mode") or "", params.get("provisioned_throughput_in_mibps")
    if (mode == "provisioned") != (amount is not None):
        raise InvalidRequest(
            "provisioned_throughput_in_mibps: belongs to throughput_mode provisioned, and that one needs it"
        )
    lifecycle = params.get("lifecycle_policies")
    if lifecycle is not None:
        lifecycle = {name: lifecycle[name] for name in _FIELDS if lifecycle.get(name)}
    targets = tuple(
        MountTarget(
            subnet=entry["subnet_id"],
            security_groups=tuple(entry.get("security_groups") or ()),
            ip_address=entry.get("ip_address") or "",
        )
        for entry in params.get("mount_targets") or ()
    )
    return SettingsWanted(
        tags=tags,
        throughput_mode=mode,
        provisioned_mibps=amount,
        lifecycle=lifecycle,
        automatic_backups=params.get("automatic_backups"),
        mount_targets=targets,
    )
