-- Whenever a table is vacuumed or analysed every connection plans its statements anew, which takes longer than changing two
-- hundred messages. By the server's rule that happens to a small table after 50 changed rows and a tenth or a fifth of it, in a
-- young installation every 15 seconds. Such tables gain nothing from it: they are born with statistics, are reached by their
-- keys, and changed rows make room for themselves (HOT). A large table is seen to as before.
do $$
declare
  v_table text;
begin
  foreach v_table in array array['mailbox_accounts', 'mailbox_mailboxes', 'mailbox_memberships', 'mailbox_messages', 'mailbox_contents',
    'mailbox_search', 'mailbox_references', 'mailbox_changes', 'mailbox_expunged', 'mailbox_destroyed'] loop
    execute format('alter table %I set (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_threshold = 5000, '
      'autovacuum_analyze_threshold = 5000)', v_table);
  end loop;
end $$;
