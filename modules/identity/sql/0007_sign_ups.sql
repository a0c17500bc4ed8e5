-- Who asked for an account and has not finished (R73). It belongs to no tenant: there is none before the code from the
-- mail was right and a password chosen. Nothing but the functions below reaches it.
create table identity_sign_ups (
  -- SHA-256 of the secret in the asker's cookie.
  ticket_hash bytea primary key,
  login text not null check (length(login) between 3 and 320),
  company text not null check (length(company) between 1 and 200),
  country text not null check (country ~ '^[A-Z]{2}$'),
  vat_number text not null check (length(vat_number) between 2 and 20),
  language text not null check (language in ('it', 'en')),
  -- Keyed hash of the mailed code, under a key outside the database. Of no code where the address is known already.
  code_hash bytea not null,
  code_expires_at timestamptz not null,
  tries integer not null default 0,
  mails integer not null default 1,
  mailed_at timestamptz not null,
  proven_at timestamptz,
  expires_at timestamptz not null
);
create index identity_sign_ups_expiry on identity_sign_ups (expires_at);
grant select, insert, update, delete on identity_sign_ups to cf_auth;

-- Takes a request in; one the same browser made before ends. False when too many wait already.
create function identity_ask_sign_up(
  p_ticket bytea, p_former bytea, p_login text, p_company text, p_country text, p_vat_number text, p_language text,
  p_code bytea, p_now timestamptz, p_code_expires timestamptz, p_expires timestamptz, p_waiting_max integer)
returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from identity_sign_ups s where s.ticket_hash = p_former;
  if (select count(*) from identity_sign_ups s where s.expires_at > p_now) >= p_waiting_max then
    return false;
  end if;
  insert into identity_sign_ups (ticket_hash, login, company, country, vat_number, language, code_hash, code_expires_at,
      mailed_at, expires_at)
    values (p_ticket, p_login, p_company, p_country, p_vat_number, p_language, p_code, p_code_expires, p_now, p_expires);
  return true;
end $$;
select cf_definer_function('identity_ask_sign_up(bytea, bytea, text, text, text, text, text, bytea, timestamptz, timestamptz, timestamptz, integer)'::regprocedure);

create function identity_read_sign_up(p_ticket bytea, p_now timestamptz)
returns table (login text, company text, language text, mailed_at timestamptz, proven boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.login, s.company, s.language, s.mailed_at, s.proven_at is not null from identity_sign_ups s
  where s.ticket_hash = p_ticket and s.expires_at > p_now
$$;
select cf_definer_function('identity_read_sign_up(bytea, timestamptz)'::regprocedure);

-- A further code replaces the one before; tries are counted on. `sent` is false when it is too soon or were too many.
create function identity_renew_sign_up(
  p_ticket bytea, p_code bytea, p_now timestamptz, p_code_expires timestamptz, p_pause interval, p_mails_max integer)
returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update identity_sign_ups s set code_hash = p_code, code_expires_at = p_code_expires, mailed_at = p_now, mails = s.mails + 1
    where s.ticket_hash = p_ticket and s.expires_at > p_now and s.proven_at is null
      and s.mailed_at <= p_now - p_pause and s.mails < p_mails_max;
  return found;
end $$;
select cf_definer_function('identity_renew_sign_up(bytea, bytea, timestamptz, timestamptz, interval, integer)'::regprocedure);

-- Counts a try and looks at the code in one statement, so that parallel guesses share none. Null: no tries are left, or
-- the request is over.
create function identity_prove_sign_up(p_ticket bytea, p_codes bytea[], p_now timestamptz, p_tries_max integer)
returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_proven boolean;
begin
  update identity_sign_ups s set
    tries = s.tries + 1,
    proven_at = case when s.code_hash = any(p_codes) and s.code_expires_at > p_now then p_now end
    where s.ticket_hash = p_ticket and s.expires_at > p_now and s.proven_at is null and s.tries < p_tries_max
    returning s.proven_at is not null into v_proven;
  return v_proven;
end $$;
select cf_definer_function('identity_prove_sign_up(bytea, bytea[], timestamptz, integer)'::regprocedure);

-- Claims a proven request for its only use: gone with this transaction's commit.
create function identity_claim_sign_up(p_ticket bytea, p_now timestamptz)
returns table (login text, company text, country text, vat_number text, language text)
language sql security definer set search_path = public, pg_temp as $$
  delete from identity_sign_ups s where s.ticket_hash = p_ticket and s.expires_at > p_now and s.proven_at is not null
  returning s.login, s.company, s.country, s.vat_number, s.language
$$;
select cf_definer_function('identity_claim_sign_up(bytea, timestamptz)'::regprocedure);

create function identity_sweep_sign_ups(p_now timestamptz) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_gone integer;
begin
  delete from identity_sign_ups s where s.expires_at <= p_now;
  get diagnostics v_gone = row_count;
  return v_gone;
end $$;
select cf_definer_function('identity_sweep_sign_ups(timestamptz)'::regprocedure);

-- For the schedule of what is kept (R104): how many outlived their time.
create function identity_overdue_sign_ups(p_before timestamptz) returns integer
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*)::integer from identity_sign_ups s where s.expires_at < p_before
$$;
select cf_definer_function('identity_overdue_sign_ups(timestamptz)'::regprocedure);
