-- What became of a message that was brought over, so that flags which change over there later can be brought too: the message
-- here, its flags over there as the last transfer saw them (keywords, which hold no space, in one text), and that transfer.
-- Messages that came before this was kept have no message_id, and their flags are left alone. No foreign keys: a message's
-- deletion must not look here, and a transfer that is not there any more is found by no join.
alter table transfers_known
  add column message_id uuid,
  add column transfer_id uuid,
  add column flags smallint not null default 0 check (flags between 0 and 31),
  add column keywords text not null default '' check (length(keywords) <= 5100);
