-- As before, and of many who ask at once where the waiting room is full none waits for a row that another one takes away,
-- or is refused for it: each clears the oldest that nobody else is clearing. Where all are being cleared, one more waits
-- for a moment; who asks next clears that, too. False when too many wait whose code was right.
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
    -- A plan could run a subquery with a lock more than once, and clear more than was asked for.
    with oldest as materialized (
      select o.ticket_hash from identity_sign_ups o where o.expires_at > p_now and o.proven_at is null
      order by o.expires_at limit v_over for update skip locked)
    delete from identity_sign_ups s using oldest where s.ticket_hash = oldest.ticket_hash;
    if (select count(*) from identity_sign_ups s where s.expires_at > p_now and s.proven_at is not null)
        >= p_waiting_max then
      return false;
    end if;
  end if;
  insert into identity_sign_ups (ticket_hash, login, company, country, vat_number, language, code_hash, code_expires_at,
      mailed_at, expires_at)
    values (p_ticket, p_login, p_company, p_country, p_vat_number, p_language, p_code, p_code_expires, p_now, p_expires);
  return true;
end $$;
select cf_definer_function('identity_ask_sign_up(bytea, bytea, text, text, text, text, text, bytea, timestamptz, timestamptz, timestamptz, integer)'::regprocedure);
