-- The proof that a customer was told of a change of price, and how many were written to. One row a change, whatever runs.
create table orders_price_told (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  sku_id text not null,
  unit text not null,
  valid_from timestamptz not null,
  services integer not null check (services > 0),
  recipients integer not null check (recipients >= 0),
  at timestamptz not null,
  primary key (tenant_id, sku_id, unit, valid_from),
  foreign key (sku_id, unit, valid_from) references catalogue_prices (sku_id, unit, valid_from)
);
select cf_tenant_table('orders_price_told', 'read');
revoke update, delete on orders_price_told from cf_app;
