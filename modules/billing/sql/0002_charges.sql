-- What is owed once, beside metered usage: what a customer was quoted and accepted (R70). A row is never changed.
create table billing_charges (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  -- Who says it and its name for it: the pair is charged once.
  source text not null check (source ~ '^[a-z_]{1,40}$'),
  source_key text not null check (length(source_key) between 1 and 200),
  description_it text not null check (length(description_it) between 1 and 500),
  description_en text not null check (length(description_en) between 1 and 500),
  net_cents bigint not null check (net_cents between 1 and 100000000),
  -- When it was done; it comes on the invoice of that month.
  at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, source, source_key)
);
select cf_tenant_table('billing_charges', 'read');
revoke update, delete on billing_charges from cf_app;

-- The line that bills it: one, for ever.
create table billing_line_charges (
  tenant_id uuid not null,
  charge_id uuid not null,
  invoice_id uuid not null,
  line integer not null,
  primary key (tenant_id, charge_id),
  foreign key (tenant_id, charge_id) references billing_charges (tenant_id, id),
  foreign key (tenant_id, invoice_id, line) references billing_lines (tenant_id, invoice_id, line) on delete cascade
);
create index billing_line_charges_line on billing_line_charges (tenant_id, invoice_id, line);
select cf_tenant_table('billing_line_charges', 'read');
create trigger billing_line_charges_issued before insert or update or delete on billing_line_charges
  for each row execute function billing_refuse_issued();

alter table billing_lines drop constraint billing_lines_unit_check;
alter table billing_lines add constraint billing_lines_unit_check check (unit in ('hour', 'month', 'once'));
