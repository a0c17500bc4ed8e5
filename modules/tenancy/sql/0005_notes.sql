-- What operators write down about a customer, for each other. It belongs to the customer's data, so that it is erased with
-- them; the runtime role reaches none of it, so that no console, no archive and nobody who acts for a customer shows it.
create table tenancy_notes (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  author_id uuid not null,
  body text not null check (length(body) between 1 and 4000),
  written_at timestamptz not null,
  changed_at timestamptz,
  primary key (tenant_id, id)
);
create index tenancy_notes_author on tenancy_notes (author_id);
select cf_tenant_table('tenancy_notes', 'write');
revoke all on tenancy_notes from cf_app;
