-- Where one POST ends a subscription (RFC 8058); empty for mails that nobody subscribed to.
alter table mailflow_system_mail add column unsubscribe_url text not null default '' check (length(unsubscribe_url) <= 1000);
