-- What senders are told to do when they cannot reach a domain's server under TLS (MTA-STS, RFC 8461 §5): report it, or keep
-- the mail until they can.
alter table domains_domains add column sts_mode text not null default 'testing' check (sts_mode in ('testing', 'enforce'));
alter table domains_domains add column sts_mode_from timestamptz;

-- The mode of a hosted domain; no row for one that is not.
create function domains_sts_mode(p_domain text) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select sts_mode from domains_domains where name = p_domain and state = 'active'
$$;
select cf_definer_function('domains_sts_mode(text)'::regprocedure);
