-- Groups: an address whose members are other addresses, here or elsewhere.
alter table domains_addresses drop constraint domains_addresses_kind_check;
alter table domains_addresses add constraint domains_addresses_kind_check
  check (kind in ('mailbox', 'alias', 'forward', 'catch_all', 'group'));
alter table domains_addresses add constraint domains_addresses_group_check
  check (kind <> 'group' or (mail_account_id is null and cardinality(forward_to) > 0));

-- An alias domain has no addresses of its own: each address of the other one is an address of it too.
alter table domains_domains add column alias_of uuid;
alter table domains_domains add constraint domains_domains_alias_of_fkey
  foreign key (tenant_id, alias_of) references domains_domains (tenant_id, id);
alter table domains_domains add constraint domains_domains_alias_check check (alias_of <> id);
create index domains_domains_alias_of on domains_domains (tenant_id, alias_of) where alias_of is not null;

-- Who besides its owner may send as an address.
create table domains_send_rights (
  tenant_id uuid not null,
  address_id uuid not null,
  mail_account_id uuid not null,
  granted_at timestamptz not null,
  primary key (tenant_id, address_id, mail_account_id),
  foreign key (tenant_id, address_id) references domains_addresses (tenant_id, id) on delete cascade
);
select cf_tenant_table('domains_send_rights');
create index domains_send_rights_account on domains_send_rights (tenant_id, mail_account_id);

create or replace function domains_resolve(p_local text, p_domain text)
returns table (tenant_id uuid, domain_id uuid, kind text, mail_account_id uuid, forward_to text[], local_part text)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.tenant_id, d.id, a.kind, a.mail_account_id, a.forward_to, a.local_part
  from domains_domains d
  left join lateral (
    select x.kind, x.mail_account_id, x.forward_to, x.local_part
    from domains_addresses x
    where x.tenant_id = d.tenant_id and x.domain_id = coalesce(d.alias_of, d.id)
      and x.local_part in (p_local, split_part(p_local, '+', 1), '')
    order by (x.local_part = p_local) desc, (x.local_part <> '') desc
    limit 1) a on true
  where d.name = p_domain and d.state = 'active'
$$;
select cf_definer_function('domains_resolve(text, text)'::regprocedure);
