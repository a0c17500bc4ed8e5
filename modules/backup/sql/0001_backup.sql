create table backup_chains (
  tenant_id uuid not null,
  id uuid not null,
  device_id uuid not null,
  space_id uuid not null,
  label text not null check (length(label) between 1 and 200),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, device_id) references devices_devices (tenant_id, id),
  foreign key (tenant_id, space_id) references spaces_spaces (tenant_id, id)
);
create index backup_chains_device on backup_chains (tenant_id, device_id);
select cf_tenant_table('backup_chains', 'read');

-- A container file of the vault: a list of extents over immutable parts. seq gives the order of commits.
create table backup_files (
  tenant_id uuid not null,
  id uuid not null,
  seq bigint generated always as identity,
  chain_id uuid not null,
  device_id uuid not null,
  space_id uuid not null,
  kind text not null check (kind in ('vbk', 'vib')),
  file_name text not null,
  size bigint not null check (size > 0),
  file_root bytea not null check (length(file_root) = 32),
  parent_file_id uuid,
  parent_root bytea check (length(parent_root) = 32),
  block_map_blob_id uuid not null,
  block_map_bytes bigint not null,
  block_map_sha256 bytea not null check (length(block_map_sha256) = 32),
  committed_at timestamptz not null,
  -- deleted: in the bin, off quota, extents still there; purged: the row alone is left, as a record.
  state text not null default 'live' check (state in ('live', 'deleted', 'purged')),
  deleted_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, chain_id) references backup_chains (tenant_id, id),
  foreign key (tenant_id, parent_file_id) references backup_files (tenant_id, id),
  check ((kind = 'vib') = (parent_file_id is not null)),
  check ((parent_root is not null) = (parent_file_id is not null)),
  check ((state = 'live') = (deleted_at is null))
);
create index backup_files_chain on backup_files (tenant_id, chain_id, seq);
create index backup_files_device on backup_files (tenant_id, device_id, seq);
create index backup_files_space on backup_files (tenant_id, space_id, seq);
create index backup_files_parent on backup_files (tenant_id, parent_file_id);
create index backup_files_bin on backup_files (tenant_id, deleted_at) where state = 'deleted';
select cf_tenant_table('backup_files', 'read');

create table backup_uploads (
  tenant_id uuid not null,
  id uuid not null,
  device_id uuid not null,
  chain_id uuid not null,
  space_id uuid not null,
  key uuid not null,
  kind text not null check (kind in ('vbk', 'vib')),
  file_name text not null,
  parent_file_id uuid,
  parent_root bytea,
  estimated_bytes bigint not null,
  received_bytes bigint not null default 0 check (received_bytes >= 0),
  parts_received bigint not null default 0,
  state text not null default 'open' check (state in ('open', 'committed', 'aborted')),
  file_id uuid,
  block_map_blob_id uuid,
  block_map_bytes bigint not null default 0,
  block_map_sha256 bytea,
  -- End of the last block that the map names; the file must reach it.
  block_map_end bigint not null default 0,
  opened_at timestamptz not null,
  last_part_at timestamptz not null,
  closed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, device_id, key),
  foreign key (tenant_id, chain_id) references backup_chains (tenant_id, id),
  foreign key (tenant_id, file_id) references backup_files (tenant_id, id),
  check ((state = 'committed') = (file_id is not null))
);
create index backup_uploads_open on backup_uploads (tenant_id, last_part_at) where state = 'open';
create index backup_uploads_space on backup_uploads (tenant_id, space_id) where state = 'open';
select cf_tenant_table('backup_uploads', 'read');

-- Stored bytes that never change. A part belongs to the upload that brought it and lives as long as an extent needs it.
create table backup_parts (
  tenant_id uuid not null,
  id uuid not null,
  upload_id uuid not null,
  space_id uuid not null,
  n integer not null check (n >= 0),
  blob_id uuid not null,
  file_offset bigint not null check (file_offset >= 0),
  length bigint not null check (length > 0),
  sha256 bytea not null check (length(sha256) = 32),
  stored_at timestamptz not null,
  checked_at timestamptz not null,
  damaged_at timestamptz,
  -- When the collector first saw that no extent needs it any more.
  unneeded_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, upload_id, n),
  unique (tenant_id, blob_id),
  foreign key (tenant_id, upload_id) references backup_uploads (tenant_id, id)
);
create index backup_parts_check on backup_parts (tenant_id, checked_at) where damaged_at is null;
create index backup_parts_unneeded on backup_parts (tenant_id, unneeded_at) where unneeded_at is not null;
select cf_tenant_table('backup_parts', 'read');

create table backup_extents (
  tenant_id uuid not null,
  file_id uuid not null,
  file_offset bigint not null check (file_offset >= 0),
  length bigint not null check (length > 0),
  part_id uuid not null,
  part_offset bigint not null check (part_offset >= 0),
  primary key (tenant_id, file_id, file_offset),
  foreign key (tenant_id, file_id) references backup_files (tenant_id, id),
  -- The database itself refuses to lose a part that a file needs.
  foreign key (tenant_id, part_id) references backup_parts (tenant_id, id)
);
create index backup_extents_part on backup_extents (tenant_id, part_id);
select cf_tenant_table('backup_extents', 'none');

create table backup_points (
  tenant_id uuid not null,
  id uuid not null,
  file_id uuid not null,
  chain_id uuid not null,
  device_id uuid not null,
  -- The vault's clock when the commit came, never the agent's.
  at timestamptz not null,
  locked_until timestamptz not null,
  state text not null default 'good' check (state in ('good', 'damaged', 'deleted')),
  primary key (tenant_id, id),
  unique (tenant_id, file_id),
  foreign key (tenant_id, file_id) references backup_files (tenant_id, id)
);
create index backup_points_device on backup_points (tenant_id, device_id, at);
select cf_tenant_table('backup_points', 'read');

-- Versions of a chain's keyring and VBM; a version never changes.
create table backup_objects (
  tenant_id uuid not null,
  chain_id uuid not null,
  kind text not null check (kind in ('keyring', 'vbm')),
  version integer not null check (version > 0),
  blob_id uuid not null,
  length bigint not null,
  sha256 bytea not null check (length(sha256) = 32),
  stored_at timestamptz not null,
  primary key (tenant_id, chain_id, kind, version),
  foreign key (tenant_id, chain_id) references backup_chains (tenant_id, id)
);
select cf_tenant_table('backup_objects', 'none');

-- Blobs that no row names any more and that must still go from their site's store.
create table backup_dead_blobs (
  tenant_id uuid not null,
  blob_id uuid not null,
  site_id text not null,
  since timestamptz not null,
  primary key (tenant_id, blob_id)
);
select cf_tenant_table('backup_dead_blobs', 'none');

-- What a day changed, by space and device, written in the transaction that changed it (R10).
create table backup_usage_daily (
  tenant_id uuid not null,
  space_id uuid not null,
  device_id uuid not null,
  day date not null,
  stored_delta_bytes bigint not null default 0,
  received_bytes bigint not null default 0,
  points bigint not null default 0,
  primary key (tenant_id, space_id, device_id, day)
);
select cf_tenant_table('backup_usage_daily', 'read');

-- Checks of stored parts against their SHA-256.
create table backup_scrubs (
  tenant_id uuid not null,
  id uuid not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  parts bigint not null,
  bytes bigint not null,
  damaged bigint not null,
  primary key (tenant_id, id)
);
select cf_tenant_table('backup_scrubs', 'read');

-- Expiry stops when the clock jumps: steady_since moves to now with every gap or step back.
create table backup_clock (
  id boolean primary key default true check (id),
  ticked_at timestamptz not null,
  steady_since timestamptz not null
);
grant select, insert, update on backup_clock to cf_app;
