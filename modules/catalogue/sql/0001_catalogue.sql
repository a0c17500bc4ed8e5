-- What the provider sells. Versions, prices and rates are written once and never changed: an order and an invoice point
-- at exactly what was read (R1, R43). All of it is public.
create table catalogue_skus (
  id text primary key check (id ~ '^[a-z0-9-]{1,40}$'),
  product text not null check (product in ('backup', 'mail')),
  created_at timestamptz not null
);

create table catalogue_versions (
  sku_id text not null references catalogue_skus (id),
  version integer not null check (version >= 1),
  name_it text not null check (length(name_it) between 1 and 100),
  name_en text not null check (length(name_en) between 1 and 100),
  description_it text not null check (length(description_it) <= 1000),
  description_en text not null check (length(description_en) <= 1000),
  -- Null for mail, whose site the provider chooses (R33).
  site_id text,
  -- Of one unit of quantity.
  capacity_bytes bigint check (capacity_bytes > 0),
  bandwidth_bytes_per_second bigint check (bandwidth_bytes_per_second > 0),
  replica_plan text not null check (replica_plan ~ '^[a-z_]{1,40}$'),
  host_use text not null check (host_use in ('shared', 'reserved')),
  ip_addresses integer not null default 0 check (ip_addresses between 0 and 8),
  quantity_max bigint not null check (quantity_max between 1 and 1000000),
  units text[] not null check (units <@ array['hour', 'month'] and array_length(units, 1) > 0),
  valid_from timestamptz not null,
  -- Sold no longer from then on; what runs keeps running.
  sold_until timestamptz,
  created_at timestamptz not null,
  primary key (sku_id, version)
);

-- One price of one unit of quantity for one started hour or month, in millionths of a euro, without tax (R42, R43).
create table catalogue_prices (
  sku_id text not null references catalogue_skus (id),
  unit text not null check (unit in ('hour', 'month')),
  valid_from timestamptz not null,
  price_micros bigint not null check (price_micros between 0 and 1000000000000),
  announced_at timestamptz not null,
  approval_id uuid,
  primary key (sku_id, unit, valid_from)
);

-- Value added tax by country (R43, R47), in basis points.
create table catalogue_tax_rates (
  country text not null check (country ~ '^[A-Z]{2}$'),
  valid_from timestamptz not null,
  basis_points integer not null check (basis_points between 0 and 5000),
  approval_id uuid,
  primary key (country, valid_from)
);

-- Charters, terms, the law of a site: a text that is accepted in a version and a language, proved by its hash (R6, R72).
create table catalogue_documents (
  id text not null check (id ~ '^[a-z0-9-]{1,60}$'),
  version integer not null check (version >= 1),
  language text not null check (language in ('it', 'en')),
  kind text not null check (kind in ('terms', 'charter', 'jurisdiction')),
  product text check (product in ('backup', 'mail')),
  site_id text,
  title text not null check (length(title) between 1 and 200),
  body text not null check (length(body) between 1 and 200000),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  valid_from timestamptz not null,
  created_at timestamptz not null,
  primary key (id, version, language)
);

grant select on catalogue_skus, catalogue_versions, catalogue_prices, catalogue_tax_rates, catalogue_documents to cf_app;
grant select, insert on catalogue_skus, catalogue_versions, catalogue_prices, catalogue_tax_rates, catalogue_documents to cf_ops;
-- The one thing that may change: that nothing more is sold of a version.
grant update (sold_until) on catalogue_versions to cf_ops;

create table catalogue_acceptances (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  document_id text not null,
  version integer not null,
  language text not null,
  sha256 text not null,
  -- Who, when and from where (R6).
  principal_id text not null,
  ip text not null,
  at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (document_id, version, language) references catalogue_documents (id, version, language)
);
create index catalogue_acceptances_document on catalogue_acceptances (tenant_id, document_id, version);
select cf_tenant_table('catalogue_acceptances', 'read');
revoke update, delete on catalogue_acceptances from cf_app;
