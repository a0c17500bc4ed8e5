-- Subscribers that have not confirmed, by age: forgotten after a while, and capped on their own (R29).
create index notices_subscribers_waiting on notices_subscribers (tenant_id, asked_at) where confirmed_at is null;

-- Mails that asked somebody to become a contact: a customer sends strangers only so many a day (R102).
create table notices_asks (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  contact_id uuid not null,
  at timestamptz not null,
  primary key (tenant_id, contact_id)
);
select cf_tenant_table('notices_asks', 'none');
