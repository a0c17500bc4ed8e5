-- Accounts that may not send: a stolen password shows by what is sent with it.

-- Recipients refused beyond the limit in that hour.
alter table mailflow_rates add column refused int not null default 0;

-- Recipients per sending domain and hour.
create table mailflow_domain_rates (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  domain text not null check (domain = lower(domain)),
  hour timestamptz not null,
  recipients int not null,
  primary key (tenant_id, domain, hour)
) with (fillfactor = 80);
select cf_tenant_table('mailflow_domain_rates', 'read');

-- A row stops the account from sending; lifting the stop removes it (the log keeps both).
create table mailflow_stopped_senders (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  mail_account_id uuid not null,
  address text not null,
  reason text not null check (reason in ('rate', 'reports', 'by_hand')),
  stopped_at timestamptz not null,
  primary key (tenant_id, mail_account_id)
);
select cf_tenant_table('mailflow_stopped_senders', 'read');

-- Complaints that came as feedback reports (RFC 5965): one row a report, for the abuse desk. Rows belong to the provider.
create table mailflow_abuse_cases (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  received_at timestamptz not null,
  feedback_type text not null,
  reporter text not null,
  source_ip text not null,
  original_sender text not null,
  original_message_id text not null,
  subject text not null,
  -- The account whose message it was, where the trace names one.
  accused_tenant_id uuid,
  accused_account_id uuid,
  state text not null check (state in ('open', 'closed')),
  closed_at timestamptz,
  primary key (tenant_id, id),
  check ((state = 'open') = (closed_at is null))
);
select cf_tenant_table('mailflow_abuse_cases', 'write');
create index mailflow_abuse_cases_state on mailflow_abuse_cases (tenant_id, state, received_at desc);
