-- The list of an organisation's accounts in the order of its pages. The collation is named, though it is the database's own:
-- so the planner cannot take the order from the index of all addresses of the house, which it held for cheaper and which led
-- the last page through everybody's.
create index mailbox_accounts_pages on mailbox_accounts (tenant_id, address collate "C", id);
drop index mailbox_accounts_list;
