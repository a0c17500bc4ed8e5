-- Reminders of a request's deadline that went out (R88). 1: a quarter of the time is left; 2: it is past.
alter table compliance_requests add column reminders integer not null default 0 check (reminders between 0 and 2);
