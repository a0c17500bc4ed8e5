-- What others report of mail in a domain's name (DMARC aggregate reports, RFC 7489 §7.2) and of encryption on the way to
-- it (TLS-RPT, RFC 8460), read and summed up.
create table mailflow_domain_reports (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  domain text not null check (domain = lower(domain)),
  kind text not null check (kind in ('dmarc', 'tls')),
  reporter text not null check (length(reporter) <= 300),
  report_id text not null check (length(report_id) <= 300),
  from_at timestamptz not null,
  to_at timestamptz not null,
  received_at timestamptz not null,
  passed bigint not null,
  failed bigint not null,
  rows jsonb not null,
  primary key (tenant_id, id),
  unique (tenant_id, domain, kind, reporter, report_id)
);
select cf_tenant_table('mailflow_domain_reports');
create index mailflow_domain_reports_time on mailflow_domain_reports (tenant_id, domain, to_at desc, id desc);
