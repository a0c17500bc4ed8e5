create table devices_devices (
  tenant_id uuid not null,
  id uuid not null,
  space_id uuid not null,
  name text not null check (length(name) between 1 and 100),
  kind text not null check (kind in ('desktop', 'server', 'vm')),
  os text not null check (os in ('linux', 'windows', 'darwin', 'freebsd', 'other')),
  os_version text,
  hostname text not null check (length(hostname) <= 253),
  agent_version text not null check (length(agent_version) <= 40),
  state text not null default 'active' check (state in ('active', 'revoked', 'deleted')),
  -- SHA-256 of the device token; null once revoked. The token itself is known to the device alone.
  token_hash bytea check (length(token_hash) = 32),
  enrolled_at timestamptz not null,
  last_seen_at timestamptz,
  last_result text check (last_result in ('ok', 'partial', 'failed')),
  last_result_at timestamptz,
  last_success_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, space_id) references spaces_spaces (tenant_id, id),
  check ((state = 'active') = (token_hash is not null))
);
create unique index devices_devices_token on devices_devices (token_hash);
comment on index devices_devices_token is 'global: a token is presented before the tenant is known';
create index devices_devices_space on devices_devices (tenant_id, space_id);
select cf_tenant_table('devices_devices', 'read');
revoke delete on devices_devices from cf_app;
select cf_definer_access('devices_devices', 'select');

-- Single-use invitations to enrol; the token is shown once in the console.
create table devices_enrolments (
  tenant_id uuid not null,
  id uuid not null,
  space_id uuid not null,
  kind text not null check (kind in ('desktop', 'server', 'vm')),
  -- What the console calls the device; the agent's own name when null.
  name text check (length(name) between 1 and 100),
  token_hash bytea not null check (length(token_hash) = 32),
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  device_id uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, space_id) references spaces_spaces (tenant_id, id),
  foreign key (tenant_id, device_id) references devices_devices (tenant_id, id),
  check ((used_at is null) = (device_id is null))
);
create unique index devices_enrolments_token on devices_enrolments (token_hash);
comment on index devices_enrolments_token is 'global: a token is presented before the tenant is known';
select cf_tenant_table('devices_enrolments', 'none');
select cf_definer_access('devices_enrolments', 'select');

-- Read-only tokens that a signed-in customer makes to restore a device's chains on any machine.
create table devices_restore_tokens (
  tenant_id uuid not null,
  id uuid not null,
  device_id uuid not null,
  token_hash bytea not null check (length(token_hash) = 32),
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, device_id) references devices_devices (tenant_id, id)
);
create unique index devices_restore_tokens_token on devices_restore_tokens (token_hash);
comment on index devices_restore_tokens_token is 'global: a token is presented before the tenant is known';
select cf_tenant_table('devices_restore_tokens', 'none');
select cf_definer_access('devices_restore_tokens', 'select');

-- How the runs of a device ended, as its agent tells it.
create table devices_reports (
  tenant_id uuid not null,
  device_id uuid not null,
  run_id uuid not null,
  result text not null check (result in ('ok', 'partial', 'failed')),
  started_at timestamptz not null,
  finished_at timestamptz not null,
  received_at timestamptz not null,
  point_id uuid,
  files_total bigint not null,
  files_unreadable bigint not null,
  bytes_read bigint not null,
  bytes_sent bigint not null,
  code text,
  message text,
  agent_version text not null,
  primary key (tenant_id, device_id, run_id),
  foreign key (tenant_id, device_id) references devices_devices (tenant_id, id)
);
create index devices_reports_time on devices_reports (tenant_id, device_id, received_at);
select cf_tenant_table('devices_reports', 'read');

-- Who a token belongs to, in one round trip; no row when it is unknown, revoked or expired.
create function devices_of_token(p_hash bytea, p_now timestamptz)
returns table (tenant_id uuid, device_id uuid, space_id uuid, access text, expires_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.tenant_id, d.id, d.space_id, 'device', null::timestamptz from devices_devices d
    where d.token_hash = p_hash and d.state = 'active'
  union all
  select t.tenant_id, t.device_id, d.space_id, 'restore', t.expires_at from devices_restore_tokens t
    join devices_devices d on d.tenant_id = t.tenant_id and d.id = t.device_id
    where t.token_hash = p_hash and t.revoked_at is null and t.expires_at > p_now and d.state <> 'deleted'
$$;
select cf_definer_function('devices_of_token(bytea, timestamptz)'::regprocedure);

-- Whose enrolment token this is; the tenant's own transaction then claims it.
create function devices_tenant_of_enrolment(p_hash bytea) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select e.tenant_id from devices_enrolments e where e.token_hash = p_hash and e.used_at is null
$$;
select cf_definer_function('devices_tenant_of_enrolment(bytea)'::regprocedure);
