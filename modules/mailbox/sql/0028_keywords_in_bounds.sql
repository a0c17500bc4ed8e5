-- A message has 50 keywords at most (`keywordsPerMessageMax`), however many requests add them; one that has more keeps them, and
-- they can only become fewer. Looked at behind the change, where a row that is well costs a comparison: a look ahead of it locks
-- every row. The version before explains CF004 as well.
create function mailbox_refuse_keywords() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'CF004', message = 'too many keywords on one message';
end $$;
create trigger mailbox_keywords_in_bounds after update of keywords on mailbox_memberships for each row
  when (cardinality(new.keywords) > 50 and cardinality(new.keywords) > cardinality(old.keywords))
  execute function mailbox_refuse_keywords();
