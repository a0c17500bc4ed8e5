-- The provider's side of an invoice, beside its own company data (tenancy): one row.
create table billing_settings (
  only_one boolean primary key default true check (only_one),
  series text not null default 'CF' check (series ~ '^[A-Z0-9]{1,6}$'),
  tax_regime text not null default 'RF01' check (tax_regime ~ '^RF[0-9]{2}$'),
  payment_days integer not null default 30 check (payment_days between 0 and 120),
  iban text check (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'),
  -- Registered for the One-Stop-Shop: consumers elsewhere in the Union pay their own country's rate (R47).
  uses_oss boolean not null default false,
  updated_at timestamptz not null default 'epoch'
);
insert into billing_settings default values;
grant select on billing_settings to cf_app, cf_ops;
grant update on billing_settings to cf_ops;

-- Last number given of each series and year. The row stays locked until the invoice is committed, so a rollback gives
-- its number to the next: there are no gaps (R45).
create table billing_numbers (
  series text not null,
  year integer not null,
  last bigint not null,
  primary key (series, year)
);
grant select on billing_numbers to cf_ops;
grant select, insert, update on billing_numbers to cf_auth;
create function billing_take_number(p_series text, p_year integer) returns bigint
language sql security definer set search_path = public, pg_temp as $$
  insert into billing_numbers as n (series, year, last) values (p_series, p_year, 1)
  on conflict (series, year) do update set last = n.last + 1 returning last
$$;
select cf_definer_function('billing_take_number(text, integer)'::regprocedure);

create table billing_invoices (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  kind text not null check (kind in ('invoice', 'credit_note')),
  state text not null default 'draft' check (state in ('draft', 'issued')),
  series text,
  year integer,
  number bigint,
  -- Usage up to here is on it.
  until timestamptz not null,
  issued_at timestamptz,
  -- Civil dates in Rome.
  issued_on date,
  due_on date,
  credits uuid,
  -- Who sold to whom, as it was then; null while a draft.
  seller jsonb,
  customer jsonb,
  vat_treatment text not null check (vat_treatment in
    ('domestic', 'reverse_charge', 'oss', 'eu_consumer', 'outside_eu', 'pending')),
  net_cents bigint not null,
  vat_cents bigint not null,
  total_cents bigint not null check (total_cents = net_cents + vat_cents),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, credits) references billing_invoices (tenant_id, id),
  check ((kind = 'credit_note') = (credits is not null)),
  check ((state = 'issued') = (num_nulls(series, year, number, issued_at, issued_on, due_on, seller, customer) = 0)),
  check (state = 'draft' or vat_treatment <> 'pending')
);
create unique index billing_invoices_number on billing_invoices (series, year, number) where number is not null;
comment on index billing_invoices_number is 'global: one number, one invoice of the provider, whoever the customer is (R45)';
create unique index billing_invoices_one_draft on billing_invoices (tenant_id) where state = 'draft';
create unique index billing_invoices_credited_once on billing_invoices (tenant_id, credits) where credits is not null;
select cf_tenant_table('billing_invoices', 'read');

create table billing_lines (
  tenant_id uuid not null,
  invoice_id uuid not null,
  line integer not null check (line >= 1),
  service_id uuid not null,
  sku_id text not null,
  unit text not null check (unit in ('hour', 'month')),
  description_it text not null,
  description_en text not null,
  from_at timestamptz not null,
  until_at timestamptz not null,
  quantity bigint not null,
  price_micros bigint not null,
  net_cents bigint not null,
  basis_points integer not null,
  nature text,
  is_correction boolean not null,
  primary key (tenant_id, invoice_id, line),
  foreign key (tenant_id, invoice_id) references billing_invoices (tenant_id, id) on delete cascade
);
select cf_tenant_table('billing_lines', 'read');

-- The rows of the usage ledger that a line bills: each once, for ever (R41).
create table billing_line_units (
  tenant_id uuid not null,
  unit_id uuid not null,
  invoice_id uuid not null,
  line integer not null,
  primary key (tenant_id, unit_id),
  foreign key (tenant_id, unit_id) references metering_units (tenant_id, id),
  foreign key (tenant_id, invoice_id, line) references billing_lines (tenant_id, invoice_id, line) on delete cascade
);
create index billing_line_units_line on billing_line_units (tenant_id, invoice_id, line);
select cf_tenant_table('billing_line_units', 'read');

create table billing_vat (
  tenant_id uuid not null,
  invoice_id uuid not null,
  basis_points integer not null,
  nature text not null default '',
  net_cents bigint not null,
  vat_cents bigint not null,
  legal_it text,
  legal_en text,
  primary key (tenant_id, invoice_id, basis_points, nature),
  foreign key (tenant_id, invoice_id) references billing_invoices (tenant_id, id) on delete cascade
);
select cf_tenant_table('billing_vat', 'read');

-- Issued is issued: the database refuses to touch it, whoever asks (R45).
create function billing_refuse_issued() returns trigger language plpgsql as $$
declare
  found_state text;
begin
  if tg_table_name = 'billing_invoices' then
    if old.state = 'issued' then
      raise exception 'an issued invoice is immutable' using errcode = '23001', constraint = 'billing_issued';
    end if;
    return case tg_op when 'DELETE' then old else new end;
  end if;
  select state into found_state from billing_invoices i
    where i.tenant_id = case tg_op when 'INSERT' then new.tenant_id else old.tenant_id end
      and i.id = case tg_op when 'INSERT' then new.invoice_id else old.invoice_id end;
  if found_state = 'issued' then
    raise exception 'an issued invoice is immutable' using errcode = '23001', constraint = 'billing_issued';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger billing_invoices_issued before update or delete on billing_invoices
  for each row execute function billing_refuse_issued();
create trigger billing_lines_issued before insert or update or delete on billing_lines
  for each row execute function billing_refuse_issued();
create trigger billing_line_units_issued before insert or update or delete on billing_line_units
  for each row execute function billing_refuse_issued();
create trigger billing_vat_issued before insert or update or delete on billing_vat
  for each row execute function billing_refuse_issued();

-- The documents as they were handed out, kept ten years (R49).
create table billing_documents (
  tenant_id uuid not null,
  invoice_id uuid not null,
  kind text not null check (kind in ('pdf_it', 'pdf_en', 'xml')),
  -- A rejected e-invoice is sent again under the same number: another transmission (R46).
  transmission integer not null default 1,
  file_name text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bytea not null,
  made_at timestamptz not null,
  keep_until date not null,
  primary key (tenant_id, invoice_id, kind, transmission),
  foreign key (tenant_id, invoice_id) references billing_invoices (tenant_id, id)
);
create unique index billing_documents_file on billing_documents (file_name) where kind = 'xml';
comment on index billing_documents_file is 'global: a file name is sent to the exchange system once';
select cf_tenant_table('billing_documents', 'read');
revoke update, delete on billing_documents from cf_app;

create table billing_receipts (
  tenant_id uuid not null,
  invoice_id uuid not null,
  id uuid not null,
  transmission integer not null,
  kind text not null check (kind in ('delivered', 'rejected', 'undeliverable')),
  sdi_id text not null,
  errors jsonb not null,
  at timestamptz,
  received_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, invoice_id) references billing_invoices (tenant_id, id)
);
create unique index billing_receipts_once on billing_receipts (tenant_id, invoice_id, sdi_id, kind);
select cf_tenant_table('billing_receipts', 'read');
revoke update, delete on billing_receipts from cf_app;
-- To whom an e-invoice of that file name went; receipts name files, not customers.
create function billing_file_owner(p_file text) returns table (tenant_id uuid, invoice_id uuid, transmission integer)
language sql stable security definer set search_path = public, pg_temp as $$
  select d.tenant_id, d.invoice_id, d.transmission from billing_documents d where d.kind = 'xml' and d.file_name = p_file
$$;
select cf_definer_access('billing_documents', 'select');
select cf_definer_function('billing_file_owner(text)'::regprocedure, 'cf_app, cf_ops');

-- What is owed of an invoice for each service: collection looks at services, not at customers (R48).
create table billing_dues (
  tenant_id uuid not null,
  invoice_id uuid not null,
  service_id uuid not null,
  cents bigint not null,
  primary key (tenant_id, invoice_id, service_id),
  foreign key (tenant_id, invoice_id) references billing_invoices (tenant_id, id)
);
select cf_tenant_table('billing_dues', 'read');
revoke update, delete on billing_dues from cf_app;

create table billing_payments (
  tenant_id uuid not null,
  id uuid not null,
  invoice_id uuid not null,
  key text not null check (length(key) between 1 and 100),
  cents bigint not null check (cents > 0),
  paid_on date not null,
  method text not null check (method in ('bank_transfer', 'sepa', 'card', 'other')),
  reference text not null check (length(reference) <= 140),
  recorded_by text not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, invoice_id) references billing_invoices (tenant_id, id)
);
create unique index billing_payments_key on billing_payments (tenant_id, key);
select cf_tenant_table('billing_payments', 'read');
revoke update, delete on billing_payments from cf_app;

-- Towards which service's share a payment or a credit went.
create table billing_allocations (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  payment_id uuid,
  credit_id uuid,
  invoice_id uuid not null,
  service_id uuid not null,
  cents bigint not null check (cents > 0),
  primary key (tenant_id, id),
  check (num_nulls(payment_id, credit_id) = 1),
  foreign key (tenant_id, payment_id) references billing_payments (tenant_id, id),
  foreign key (tenant_id, credit_id) references billing_invoices (tenant_id, id),
  foreign key (tenant_id, invoice_id, service_id) references billing_dues (tenant_id, invoice_id, service_id)
);
create index billing_allocations_due on billing_allocations (tenant_id, invoice_id, service_id);
select cf_tenant_table('billing_allocations', 'read');
revoke update, delete on billing_allocations from cf_app;

create table billing_reminders (
  tenant_id uuid not null,
  invoice_id uuid not null,
  service_id uuid not null,
  step integer not null check (step between 1 and 3),
  sent_at timestamptz not null,
  primary key (tenant_id, invoice_id, service_id, step),
  foreign key (tenant_id, invoice_id, service_id) references billing_dues (tenant_id, invoice_id, service_id)
);
select cf_tenant_table('billing_reminders', 'read');
revoke update, delete on billing_reminders from cf_app;

-- Evidence that a foreign VAT number was looked up, and what was answered (R47).
create table billing_vat_checks (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  country text not null,
  vat_number text not null,
  outcome text not null check (outcome in ('valid', 'invalid', 'unavailable')),
  evidence jsonb not null,
  at timestamptz not null,
  primary key (tenant_id, id)
);
select cf_tenant_table('billing_vat_checks', 'read');
revoke update, delete on billing_vat_checks from cf_app;

create table billing_budgets (
  tenant_id uuid primary key references tenancy_tenants (tenant_id),
  monthly_cents bigint not null check (monthly_cents > 0),
  set_at timestamptz not null
);
select cf_tenant_table('billing_budgets', 'read');

create table billing_budget_alerts (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  month date not null,
  percent integer not null check (percent in (50, 80, 100)),
  at timestamptz not null,
  primary key (tenant_id, month, percent)
);
select cf_tenant_table('billing_budget_alerts', 'read');
revoke update, delete on billing_budget_alerts from cf_app;
