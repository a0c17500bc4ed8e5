-- A change of price is announced before it holds (R43), whoever writes the row: the first price of a unit may hold at once,
-- any other no sooner than thirty days after it was announced. What stands already is left as it is.
create function catalogue_price_notice() returns trigger language plpgsql as $$
begin
  -- Two first prices at once would each see no other.
  perform pg_advisory_xact_lock(hashtext('catalogue_prices'), hashtext(new.sku_id || '/' || new.unit));
  if new.valid_from < new.announced_at + interval '30 days' and exists (
    select from catalogue_prices where sku_id = new.sku_id and unit = new.unit and valid_from <> new.valid_from
  ) then
    raise exception 'a change of price is announced thirty days before it holds' using errcode = '23514';
  end if;
  return new;
end $$;
create trigger catalogue_price_notice before insert on catalogue_prices
  for each row execute function catalogue_price_notice();
