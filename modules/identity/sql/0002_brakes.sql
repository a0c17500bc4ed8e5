-- One brake for every login of the product (R59): web, IMAP, POP3, SMTP. Keys are keyed hashes of account, address
-- prefix, account and prefix together, or a known device; nothing here names a person. It belongs to no tenant, since
-- guesses at logins that do not exist count too.
create table identity_brakes (
  key bytea primary key,
  tries integer not null default 0,
  -- Keyed hashes of the last wrong passwords, so that a phone with an old password counts once.
  guesses bytea[] not null default '{}',
  -- The account's key on its other rows: a password change forgets the guesses.
  account bytea,
  blocked_until timestamptz,
  -- When a right password last came over this pair or device: it then has an allowance of its own.
  succeeded_at timestamptz,
  last_at timestamptz not null
);
create index identity_brakes_account on identity_brakes (account) where account is not null;
create index identity_brakes_last on identity_brakes (last_at);
grant select, insert, update, delete on identity_brakes to cf_auth;

-- Takes one try, before the password is looked at. A known pair or device is asked alone; a stranger is asked for the
-- account, the pair and the address prefix (null for a trusted proxy). Each key gives `free` tries, then one try after
-- base × 2ⁿ, never more than the cap: delay without end, lockout never. Rows are locked in one order, so parallel tries
-- are counted exactly.
create function identity_brake_take(
  p_account bytea, p_pair bytea, p_device bytea, p_prefix bytea, p_guess bytea, p_now timestamptz,
  p_free integer, p_prefix_free integer, p_base interval, p_cap interval, p_forget interval, p_known interval)
returns table (allowed boolean, counted boolean, own boolean, retry_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_own bytea;
  v_keys bytea[];
  v_until timestamptz;
  v_repeated boolean;
begin
  v_own := coalesce(p_device,
    (select b.key from identity_brakes b where b.key = p_pair and b.succeeded_at > p_now - p_known));
  v_keys := case when v_own is not null then array[v_own]
    else array_remove(array[p_account, p_pair, p_prefix], null) end;

  insert into identity_brakes (key, last_at, account)
    select k, p_now, case when k <> p_account and k is distinct from p_prefix then p_account end
    from unnest(v_keys) k order by k on conflict do nothing;
  perform 1 from identity_brakes b where b.key = any(v_keys) order by b.key for update;
  update identity_brakes b set tries = 0, blocked_until = null, guesses = '{}'
    where b.key = any(v_keys) and b.last_at < p_now - p_forget;

  select max(b.blocked_until) into v_until from identity_brakes b where b.key = any(v_keys) and b.blocked_until > p_now;
  if v_until is not null then
    return query select false, false, v_own is not null, v_until;
    return;
  end if;

  v_repeated := exists (select 1 from identity_brakes b
    where b.key = coalesce(v_own, p_pair, p_account) and p_guess = any(b.guesses));
  if v_repeated then
    return query select true, false, v_own is not null, null::timestamptz;
    return;
  end if;

  update identity_brakes b set
    tries = b.tries + 1,
    last_at = p_now,
    guesses = case when b.key = coalesce(v_own, p_pair, p_account) and p_guess is not null
      then (p_guess || b.guesses)[1:8] else b.guesses end,
    blocked_until = case when b.tries + 1 >= case when b.key = p_prefix then p_prefix_free else p_free end
      then p_now + least(p_cap, p_base * power(2, least(20, b.tries + 1 - case when b.key = p_prefix then p_prefix_free else p_free end)))
      end
    where b.key = any(v_keys);
  return query select true, true, v_own is not null, null::timestamptz;
end $$;
select cf_definer_function('identity_brake_take(bytea, bytea, bytea, bytea, bytea, timestamptz, integer, integer, interval, interval, interval, interval)'::regprocedure);

-- The try was right: gives it back to account and prefix and, if p_known, makes pair and device known.
create function identity_brake_right(
  p_account bytea, p_pair bytea, p_device bytea, p_prefix bytea, p_counted boolean, p_own boolean, p_known boolean,
  p_now timestamptz, p_free integer, p_prefix_free integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from identity_brakes b where b.key in (p_account, p_pair, p_device, p_prefix) order by b.key for update;
  if p_counted and not p_own then
    update identity_brakes b set tries = greatest(0, b.tries - 1),
      blocked_until = case when b.tries - 1 >= case when b.key = p_prefix then p_prefix_free else p_free end
        then b.blocked_until end
      where b.key in (p_account, p_prefix) or (b.key = p_pair and not p_known);
  end if;
  if p_known then
    insert into identity_brakes as b (key, account, last_at, succeeded_at)
      select k, p_account, p_now, p_now from unnest(array_remove(array[p_pair, p_device], null)) k order by k
      on conflict (key) do update set tries = 0, guesses = '{}', blocked_until = null, succeeded_at = p_now, last_at = p_now;
  elsif p_counted and p_own then
    update identity_brakes b set tries = greatest(0, b.tries - 1),
      blocked_until = case when b.tries - 1 >= p_free then b.blocked_until end
      where b.key = coalesce(p_device, p_pair);
  end if;
end $$;
select cf_definer_function('identity_brake_right(bytea, bytea, bytea, bytea, boolean, boolean, boolean, timestamptz, integer, integer)'::regprocedure);

-- After a password change: yesterday's wrong password may be today's right one. p_unblock lifts the delays as well.
create function identity_brake_forget(p_account bytea, p_unblock boolean) returns void
language sql security definer set search_path = public, pg_temp as $$
  update identity_brakes set guesses = '{}',
    tries = case when p_unblock then 0 else tries end,
    blocked_until = case when p_unblock then null else blocked_until end
  where account = p_account or key = p_account
$$;
select cf_definer_function('identity_brake_forget(bytea, boolean)'::regprocedure);

create function identity_brake_sweep(p_before timestamptz, p_known_before timestamptz) returns integer
language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from identity_brakes
    where last_at < p_before and (succeeded_at is null or succeeded_at < p_known_before) returning 1)
  select count(*)::integer from gone
$$;
select cf_definer_function('identity_brake_sweep(timestamptz, timestamptz)'::regprocedure);
