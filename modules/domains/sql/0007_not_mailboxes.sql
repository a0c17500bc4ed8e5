-- The page of aliases, forwards, groups and the catch-all of a domain, which may have ten thousand mailboxes beside them.
create index domains_addresses_not_mailboxes on domains_addresses (tenant_id, domain_id, local_part) where kind <> 'mailbox';
