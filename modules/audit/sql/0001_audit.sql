-- Entries are inserted by the writer's own transaction without any lock and are chained by a job within a second.
-- Time and id come from the database, so that no writer can choose them.
create function audit_new_id() returns uuid language sql volatile as $$
  with fresh as (
    select overlay(uuid_send(gen_random_uuid())
      placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6) as b)
  select encode(set_byte(b, 6, (get_byte(b, 6) & 15) | 112), 'hex')::uuid from fresh
$$;

create table audit_entries (
  tenant_id uuid not null,
  id uuid not null default audit_new_id(),
  at timestamptz not null default clock_timestamp(),
  actor_kind text not null check (actor_kind in ('user', 'operator', 'mail_account', 'device', 'visitor', 'system')),
  actor_id text,
  actor_roles text[] not null default '{}',
  actor_ip text,
  action text not null check (action ~ '^[a-z_]+(\.[a-z_0-9]+)+$'),
  object_kind text not null,
  object_id text not null,
  details jsonb not null default '{}' check (pg_column_size(details) <= 65536),
  primary key (tenant_id, id)
);
create index audit_entries_object on audit_entries (tenant_id, object_kind, object_id, id);
create index audit_entries_actor on audit_entries (tenant_id, actor_id, id);
select cf_tenant_table('audit_entries', 'write');
revoke insert, update, delete on audit_entries from cf_app, cf_ops;
grant insert (tenant_id, actor_kind, actor_id, actor_roles, actor_ip, action, object_kind, object_id, details)
  on audit_entries to cf_app, cf_ops;

-- What is not chained yet. Filled by a trigger, so that an entry cannot escape it.
create table audit_pending (
  tenant_id uuid not null,
  entry_id uuid not null,
  primary key (tenant_id, entry_id)
);
select cf_tenant_table('audit_pending', 'none');
revoke insert, update, delete on audit_pending from cf_app;

create table audit_chain (
  tenant_id uuid not null,
  seq bigint not null,
  entry_id uuid not null,
  hash bytea not null,
  primary key (tenant_id, seq),
  unique (tenant_id, entry_id)
);
select cf_tenant_table('audit_chain', 'read');
revoke insert, update, delete on audit_chain from cf_app;

-- The newest link of each chain, and how far it has been anchored outside the database.
create table audit_heads (
  tenant_id uuid primary key,
  seq bigint not null,
  hash bytea not null,
  anchored_seq bigint not null default 0
);
select cf_tenant_table('audit_heads', 'read');
revoke insert, update, delete on audit_heads from cf_app;

select cf_definer_access('audit_entries', 'select');
select cf_definer_access('audit_pending', 'select, insert, delete');
select cf_definer_access('audit_chain', 'select, insert');
select cf_definer_access('audit_heads', 'select, insert, update');

create function audit_note_pending() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into audit_pending (tenant_id, entry_id) values (new.tenant_id, new.id);
  return null;
end $$;
create trigger audit_note_pending after insert on audit_entries for each row execute function audit_note_pending();
select cf_definer_function('audit_note_pending()'::regprocedure);

-- One entry as bytes: a JSON array of every column in a fixed order. jsonb prints canonically: keys sorted, one spacing.
create function audit_canonical(e audit_entries) returns bytea language sql immutable as $$
  select convert_to(jsonb_build_array(e.tenant_id, e.id, (extract(epoch from e.at) * 1000000)::bigint, e.actor_kind,
    e.actor_id, to_jsonb(e.actor_roles), e.actor_ip, e.action, e.object_kind, e.object_id, e.details)::text, 'UTF8')
$$;

-- Chains up to p_count waiting entries, tenant by tenant; the head's row is the lock. Returns how many.
create function audit_chain_pending(p_count integer) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant uuid;
  v_seq bigint;
  v_hash bytea;
  v_done integer := 0;
  v_entry audit_entries;
begin
  for v_tenant in select distinct p.tenant_id from (select tenant_id from audit_pending limit p_count) p order by 1 loop
    insert into audit_heads (tenant_id, seq, hash) values (v_tenant, 0, '\x') on conflict do nothing;
    select h.seq, h.hash into v_seq, v_hash from audit_heads h where h.tenant_id = v_tenant for update;
    for v_entry in
      select e.* from audit_pending p join audit_entries e on e.tenant_id = p.tenant_id and e.id = p.entry_id
      where p.tenant_id = v_tenant order by p.entry_id limit p_count - v_done
    loop
      v_seq := v_seq + 1;
      v_hash := sha256(v_hash || audit_canonical(v_entry));
      insert into audit_chain (tenant_id, seq, entry_id, hash) values (v_tenant, v_seq, v_entry.id, v_hash);
      delete from audit_pending p where p.tenant_id = v_tenant and p.entry_id = v_entry.id;
      v_done := v_done + 1;
    end loop;
    update audit_heads h set seq = v_seq, hash = v_hash where h.tenant_id = v_tenant;
    exit when v_done >= p_count;
  end loop;
  return v_done;
end $$;
select cf_definer_function('audit_chain_pending(integer)'::regprocedure);

-- Heads that grew since they were last anchored.
create function audit_heads_to_anchor(p_count integer) returns table (tenant_id uuid, seq bigint, hash bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select h.tenant_id, h.seq, h.hash from audit_heads h where h.seq > h.anchored_seq order by h.tenant_id limit p_count
$$;
select cf_definer_function('audit_heads_to_anchor(integer)'::regprocedure);

create function audit_mark_anchored(p_tenant uuid, p_seq bigint) returns void
language sql security definer set search_path = public, pg_temp as $$
  update audit_heads set anchored_seq = greatest(anchored_seq, p_seq) where tenant_id = p_tenant
$$;
select cf_definer_function('audit_mark_anchored(uuid, bigint)'::regprocedure);
