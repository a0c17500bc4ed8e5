-- What we tell other domains of their mail and of encryption on the way to them (RFC 7489 §7.2, RFC 8460): counted by the
-- day (UTC), told once, forgotten soon after. Nothing of content, senders or recipients is in it. Rows belong to the
-- provider.
create table mailflow_report_days (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  kind text not null check (kind in ('dmarc', 'tls')),
  day date not null,
  domain text not null check (domain = lower(domain) and octet_length(domain) <= 253),
  report_id uuid not null,
  state text not null check (state in ('counting', 'done')),
  tries integer not null default 0,
  first_at timestamptz not null,
  primary key (tenant_id, kind, day, domain)
);
select cf_tenant_table('mailflow_report_days');
create index mailflow_report_days_due on mailflow_report_days (tenant_id, day, tries) where state = 'counting';
create index mailflow_report_days_age on mailflow_report_days (tenant_id, first_at);

create table mailflow_report_counts (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  kind text not null,
  day date not null,
  domain text not null,
  line_key text not null check (octet_length(line_key) = 64), -- digest of the line
  line jsonb not null check (octet_length(line::text) <= 16384),
  times bigint not null check (times > 0),
  counted_at timestamptz not null,                            -- the first time
  primary key (tenant_id, kind, day, domain, line_key),
  foreign key (tenant_id, kind, day, domain) references mailflow_report_days (tenant_id, kind, day, domain)
);
select cf_tenant_table('mailflow_report_counts');
create index mailflow_report_counts_age on mailflow_report_counts (tenant_id, counted_at);
