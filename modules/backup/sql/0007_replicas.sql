-- The copy of a stored blob at the site's second location: wanted from the transaction that commits the file, made by a
-- job, checked by itself. The bytes are the same, so the checksum is that of the first.
create table backup_replicas (
  tenant_id uuid not null,
  -- The blob at the first location, as the rows of parts, block maps and objects name it; and before it was mended.
  blob_id uuid not null,
  former_blob_id uuid,
  space_id uuid not null,
  length bigint not null check (length >= 0),
  sha256 bytea not null check (length(sha256) = 32),
  wanted_at timestamptz not null,
  -- At the second location; null while the copy is still to be made.
  replica_blob_id uuid,
  stored_at timestamptz,
  checked_at timestamptz,
  -- The first copy failed a check and waits to be written anew from this one.
  first_damaged_at timestamptz,
  -- When either copy was last written anew from the other.
  mended_at timestamptz,
  primary key (tenant_id, blob_id),
  foreign key (tenant_id, space_id) references spaces_spaces (tenant_id, id),
  check ((replica_blob_id is null) = (stored_at is null)),
  check ((replica_blob_id is null) = (checked_at is null))
);
create unique index backup_replicas_copy on backup_replicas (tenant_id, replica_blob_id) where replica_blob_id is not null;
create index backup_replicas_former on backup_replicas (tenant_id, former_blob_id) where former_blob_id is not null;
create index backup_replicas_work on backup_replicas (tenant_id, blob_id)
  where replica_blob_id is null or first_damaged_at is not null;
create index backup_replicas_check on backup_replicas (tenant_id, checked_at) where replica_blob_id is not null;
create index backup_replicas_space on backup_replicas (tenant_id, space_id);
select cf_tenant_table('backup_replicas', 'none');

alter table backup_dead_blobs add column place text not null default 'first' check (place in ('first', 'replica'));
-- Each location is checked by itself; what a check found bad and wrote anew from the other copy is counted.
alter table backup_scrubs
  add column place text not null default 'first' check (place in ('first', 'replica')),
  add column mended bigint not null default 0 check (mended >= 0);
