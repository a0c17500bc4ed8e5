-- Where lz4 is not built in, compressing the texts of a message by pglz costs an arrival more than all its indexes do, and
-- SEARCH opens them again for each question: there they are stored as they are. Rows from before stay readable as they lie.
do $$ begin
  alter table mailbox_contents alter column header set compression lz4;
exception when feature_not_supported then
  alter table mailbox_contents alter column index set storage external, alter column header set storage external;
  alter table mailbox_search alter column headers set storage external, alter column body set storage external;
end $$;
