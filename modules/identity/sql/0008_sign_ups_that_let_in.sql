-- As before, and full is no closed door: the oldest requests without a right code make room. False when too many wait
-- whose code was right.
create or replace function identity_ask_sign_up(
  p_ticket bytea, p_former bytea, p_login text, p_company text, p_country text, p_vat_number text, p_language text,
  p_code bytea, p_now timestamptz, p_code_expires timestamptz, p_expires timestamptz, p_waiting_max integer)
returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_over integer;
begin
  delete from identity_sign_ups s where s.ticket_hash = p_former;
  v_over := (select count(*) from identity_sign_ups s where s.expires_at > p_now) - p_waiting_max + 1;
  if v_over > 0 then
    delete from identity_sign_ups s where s.ticket_hash in (
      select o.ticket_hash from identity_sign_ups o where o.expires_at > p_now and o.proven_at is null
      order by o.expires_at limit v_over);
    if (select count(*) from identity_sign_ups s where s.expires_at > p_now) >= p_waiting_max then
      return false;
    end if;
  end if;
  insert into identity_sign_ups (ticket_hash, login, company, country, vat_number, language, code_hash, code_expires_at,
      mailed_at, expires_at)
    values (p_ticket, p_login, p_company, p_country, p_vat_number, p_language, p_code, p_code_expires, p_now, p_expires);
  return true;
end $$;
select cf_definer_function('identity_ask_sign_up(bytea, bytea, text, text, text, text, text, bytea, timestamptz, timestamptz, timestamptz, integer)'::regprocedure);

-- As before, and no code is mailed that no try is left for.
drop function identity_renew_sign_up(bytea, bytea, timestamptz, timestamptz, interval, integer);
create function identity_renew_sign_up(
  p_ticket bytea, p_code bytea, p_now timestamptz, p_code_expires timestamptz, p_pause interval, p_mails_max integer,
  p_tries_max integer)
returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update identity_sign_ups s set code_hash = p_code, code_expires_at = p_code_expires, mailed_at = p_now, mails = s.mails + 1
    where s.ticket_hash = p_ticket and s.expires_at > p_now and s.proven_at is null
      and s.mailed_at <= p_now - p_pause and s.mails < p_mails_max and s.tries < p_tries_max;
  return found;
end $$;
select cf_definer_function('identity_renew_sign_up(bytea, bytea, timestamptz, timestamptz, interval, integer, integer)'::regprocedure);
