-- The one part of the status page that a subscriber wants to hear of; null: every part (R29).
alter table notices_subscribers
  add column service text check (service in ('backup', 'mail', 'console')),
  add column site_id text check (length(site_id) between 1 and 50),
  add constraint notices_subscribers_part check (site_id is null or service is not null);
