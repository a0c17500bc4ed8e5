-- When somebody last asked that what a point needs be read again, and when that was done. What is still to be read are the
-- parts that nobody has compared since it was asked for.
alter table backup_points add column verify_asked_at timestamptz, add column verified_at timestamptz,
  add constraint backup_points_verified_check check (verified_at is null or verify_asked_at is not null);
create index backup_points_verifying on backup_points (tenant_id, verify_asked_at) where verify_asked_at is not null;
