-- A full composed of references takes the place of another file of its point: children follow it by stands_for.
alter table backup_files
  add column stands_for bytea check (length(stands_for) = 32),
  add column replaced_by uuid,
  add foreign key (tenant_id, replaced_by) references backup_files (tenant_id, id),
  add check (replaced_by is null or state <> 'live'),
  add check (stands_for is null or kind = 'vbk');

alter table backup_uploads
  add column replaces_point_id uuid,
  add column replaces_root bytea check (length(replaces_root) = 32),
  add column composed_bytes bigint not null default 0 check (composed_bytes >= 0),
  add check ((replaces_point_id is null) = (replaces_root is null));

-- References of an open upload to stored bytes: they keep the parts they name.
create table backup_upload_extents (
  tenant_id uuid not null,
  upload_id uuid not null,
  file_offset bigint not null check (file_offset >= 0),
  length bigint not null check (length > 0),
  part_id uuid not null,
  part_offset bigint not null check (part_offset >= 0),
  primary key (tenant_id, upload_id, file_offset),
  foreign key (tenant_id, upload_id) references backup_uploads (tenant_id, id),
  foreign key (tenant_id, part_id) references backup_parts (tenant_id, id)
);
create index backup_upload_extents_part on backup_upload_extents (tenant_id, part_id);
select cf_tenant_table('backup_upload_extents', 'none');
