-- A message's thread is looked up by the keys of the Message-IDs that it names. As a join, the planner may read all references
-- of the account instead, when it takes an account to have few of them or was made when it had: each message that came to one
-- of 200,000 references took some 40 ms longer. A look that starts anew for each key leaves it no choice.
create function pg_temp.rewrite(in_function text, in_from text, in_to text) returns void language plpgsql as $$
declare
  v_function oid;
  v_text text;
begin
  for v_function in select p.oid from pg_proc p where p.proname = in_function and p.pronamespace = current_schema()::regnamespace loop
    v_text := pg_get_functiondef(v_function);
    if strpos(v_text, in_from) = 0 then raise exception '% does not hold: %', v_function::regprocedure, in_from; end if;
    execute replace(v_text, in_from, in_to);
  end loop;
end $$;
select pg_temp.rewrite('mailbox_append',
  'join mailbox_references r on r.tenant_id = in_tenant and r.account_id = in_account and r.reference = k.reference and r.subject = in_subject_key',
  'cross join lateral (select f.thread_id from mailbox_references f
      where f.tenant_id = in_tenant and f.account_id = in_account and f.reference = k.reference and f.subject = in_subject_key offset 0) r');
select pg_temp.rewrite('mailbox_copy_across',
  'join mailbox_references t on t.tenant_id = in_tenant and t.account_id = in_to and t.reference = r.reference and t.subject = r.subject',
  'cross join lateral (select f.thread_id from mailbox_references f
        where f.tenant_id = in_tenant and f.account_id = in_to and f.reference = r.reference and f.subject = r.subject offset 0) t');
drop function pg_temp.rewrite(text, text, text);
