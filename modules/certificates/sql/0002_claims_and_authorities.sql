alter table certificates_names
  -- A turn has the name until then. No two claims of a name have the same time, so it is the claim's mark as well.
  add column claimed_until timestamptz,
  -- The directory of the authority that is asked for it. Where the configuration names another it is ordered anew.
  add column directory text check (length(directory) <= 1000);

alter table certificates_accounts
  -- What keeps the whole account from orders, until when, in the authority's words, and how often it did since the last order.
  add column trouble text check (trouble in ('rate_limited', 'away')),
  add column words text not null default '' check (length(words) <= 500),
  add column rests_until timestamptz,
  add column failures integer not null default 0 check (failures >= 0),
  add check ((trouble is null) = (rests_until is null)),
  add check ((trouble is null) = (failures = 0));
select cf_definer_access('certificates_accounts', 'select');

-- As before, and what keeps an account from orders, under its directory's address; of all of them. Not a customer's name
-- that leads to no server of ours any more: its certificate is let go. The provider's own first.
create or replace function certificates_troubled(p_ends_before timestamptz, p_failures integer)
returns table (tenant_id uuid, name text, ends_at timestamptz, trouble text, words text, failures integer)
language sql stable security definer set search_path = public, pg_temp as $$
  select t.tenant_id, t.name, t.ends_at, t.trouble, t.words, t.failures from (
    select a.tenant_id, a.directory as name, null::timestamptz as ends_at, a.trouble, a.words, a.failures, true as is_own
    from certificates_accounts a where a.failures >= p_failures
    union all
    select n.tenant_id, n.name, n.ends_at, n.trouble, n.words, n.failures, n.domain_id is null
    from certificates_names n
    where (n.ends_at < p_ends_before and (n.domain_id is null or n.trouble is null or n.trouble not in ('no_dns', 'elsewhere')))
      or (n.failures >= p_failures and n.trouble in ('limit', 'rate_limited', 'refused', 'away'))
      or (n.domain_id is null and n.chain is null and n.trouble is not null)) t
  order by not t.is_own, t.ends_at nulls last, t.name
$$;
select cf_definer_function('certificates_troubled(timestamptz, integer)'::regprocedure, 'cf_ops');
