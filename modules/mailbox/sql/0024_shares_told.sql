-- How many shares that an account's own sign-in gave its owner was told of by mail (R12), and on which day: the number of days
-- since 1970, UTC. A day has a few such mails, whatever a program does.
alter table mailbox_accounts add column shares_told_day integer not null default 0;
alter table mailbox_accounts add column shares_told smallint not null default 0 check (shares_told >= 0);
