-- How many came lately: an address that nobody confirmed gets few receipts, and all of them together do too. Tells
-- numbers, never who.
create index complaints_complaints_received on complaints_complaints (received_at);
grant select on complaints_complaints to cf_auth;
create function complaints_recent(p_address text, p_day timestamptz, p_hour timestamptz)
  returns table (of_address integer, signed_ones integer, endangering integer)
language sql stable security definer set search_path = public, pg_temp as $$
  select (count(*) filter (where lower(c.address) = lower(p_address)))::integer,
    (count(*) filter (where c.address is not null and c.received_at > p_hour))::integer,
    (count(*) filter (where c.endangers_life and c.received_at > p_hour))::integer
  from complaints_complaints c where c.received_at > p_day
$$;
select cf_definer_function('complaints_recent(text, timestamptz, timestamptz)'::regprocedure);
