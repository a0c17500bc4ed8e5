-- The point that the vault would have made a full, so that ancestors kept for it alone may go; set by the retention job.
alter table backup_chains add column merge_point_id uuid;

-- What looked like an attack or a mistake. While one is not released, retention deletes nothing of the device.
create table backup_alarms (
  tenant_id uuid not null,
  id uuid not null,
  device_id uuid not null,
  kind text not null check (kind in ('shrink', 'upheaval')),
  run_id uuid not null,
  raised_at timestamptz not null,
  usual bigint not null,
  found bigint not null,
  released_at timestamptz,
  released_by text,
  primary key (tenant_id, id),
  unique (tenant_id, device_id, run_id, kind),
  foreign key (tenant_id, device_id) references devices_devices (tenant_id, id),
  check ((released_at is null) = (released_by is null))
);
create index backup_alarms_open on backup_alarms (tenant_id, device_id) where released_at is null;
select cf_tenant_table('backup_alarms', 'read');
revoke delete on backup_alarms from cf_app;
