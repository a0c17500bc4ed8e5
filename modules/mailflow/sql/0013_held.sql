-- Mail of an account that may not send: held while it waits, or let go by an operator though the account stays stopped.
alter table mailflow_queue add column hold text check (hold in ('held', 'let_go'));
