-- Since when a domain is being deleted: until it is gone nobody activates it or adds to it.
alter table domains_domains add column closed_at timestamptz;
