-- Removed while a hold stood: has no access and is shown to nobody; the sweep ends the row when no hold stands (R81, R92).
alter table identity_principals add column erase_wanted_at timestamptz;
alter table identity_principals add constraint identity_principals_erase_wanted
  check (erase_wanted_at is null or status = 'disabled');
grant select (erase_wanted_at) on identity_principals to cf_ops;
