-- Looks in a row that passed over the part of an open fault while they looked at others of its place: its machine has another
-- name now, or it is gone.
alter table notices_faults add column looks_missed integer not null default 0 check (looks_missed >= 0);
