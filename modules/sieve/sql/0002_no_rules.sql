-- Refuses where some of these owners want anything done with what arrives: an arrival sends it before its append in the same
-- trip, instead of asking first in a transaction of its own. CF005.
create function sieve_refuse_rules(in_tenant uuid, in_accounts uuid[]) returns void
language plpgsql stable set plan_cache_mode = force_generic_plan as $$
begin
  if exists (select from sieve_scripts s where s.tenant_id = in_tenant and s.is_active and s.account_id = any(in_accounts))
    or exists (select from sieve_vacations v where v.tenant_id = in_tenant and v.is_enabled and v.account_id = any(in_accounts)) then
    raise exception using errcode = 'CF005', message = 'an owner has rules';
  end if;
end $$;
