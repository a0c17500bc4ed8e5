-- The keywords of messages as they are told, if they are not too much: 50 long ones on each of 100,000 messages are 500 MB, which
-- no process may be made to take in at once.
create function mailbox_labels(in_labelled json, in_bytes_max int) returns json
language plpgsql immutable as $$
begin
  if pg_column_size(in_labelled) > in_bytes_max then
    raise exception using errcode = 'CF005', message = 'too many keywords to tell at once';
  end if;
  return in_labelled;
end $$;
