-- What a customer may not do for a while follows from measures alone (R64). "suspended" switched nothing off here.
alter table tenancy_tenants no force row level security;
update tenancy_tenants set state = 'active' where state = 'suspended';
alter table tenancy_tenants force row level security;
alter table tenancy_tenants drop constraint tenancy_tenants_state_check;
alter table tenancy_tenants add constraint tenancy_tenants_state_check check (state in ('active', 'departed'));
