-- The keys that sign a domain's mail, old ones and coming ones included: `waiting` until the DNS shows it, `signing`, `kept`
-- in the DNS for mail still under way, `retired` (its private half is gone).
create table domains_dkim_keys (
  tenant_id uuid not null,
  id uuid not null,
  domain_id uuid not null,
  selector text not null check (selector ~ '^[a-z0-9]{2,63}$'),
  algorithm text not null check (algorithm in ('rsa', 'ed25519')),
  public_key text not null,
  private_key bytea,
  state text not null check (state in ('waiting', 'signing', 'kept', 'retired')),
  -- Whether the DNS showed it when it was looked at last.
  is_shown boolean not null default false,
  looked_at timestamptz,
  created_at timestamptz not null,
  signing_from timestamptz,
  kept_from timestamptz,
  retired_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, domain_id, selector),
  foreign key (tenant_id, domain_id) references domains_domains (tenant_id, id) on delete cascade,
  check ((state = 'waiting') = (signing_from is null)),
  check ((state in ('kept', 'retired')) = (kept_from is not null)),
  check ((state = 'retired') = (retired_at is not null)),
  check ((state = 'retired') = (private_key is null))
);

-- What domains had before: one key each. Whether the DNS shows it is found out by the first look.
alter table domains_domains no force row level security;
insert into domains_dkim_keys (tenant_id, id, domain_id, selector, algorithm, public_key, private_key, state, is_shown, created_at, signing_from)
  select tenant_id, gen_random_uuid(), id, dkim_selector, 'rsa', dkim_public_key, dkim_private_key,
    case state when 'active' then 'signing' else 'waiting' end, state = 'active', created_at, verified_at
  from domains_domains;
alter table domains_domains force row level security;
alter table domains_domains drop column dkim_selector, drop column dkim_public_key, drop column dkim_private_key;

select cf_tenant_table('domains_dkim_keys');
create unique index domains_dkim_keys_waiting on domains_dkim_keys (tenant_id, domain_id, algorithm) where state = 'waiting';
create unique index domains_dkim_keys_signing on domains_dkim_keys (tenant_id, domain_id, algorithm) where state = 'signing';
