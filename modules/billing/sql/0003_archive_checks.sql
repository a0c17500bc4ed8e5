-- What each look at the archive of invoices found (R49): append-only, of the provider.
create table billing_archive_checks (
  at timestamptz primary key,
  -- Documents made until then are on the list; later ones may not have been committed yet.
  listed_until timestamptz not null check (listed_until <= at),
  documents integer not null check (documents >= 0),
  -- Documents whose bytes no longer have their hash.
  damaged integer not null check (damaged between 0 and documents),
  list_sha256 text not null check (list_sha256 ~ '^[0-9a-f]{64}$'),
  -- The list of the last sound look, made again, has the hash that it had. Null: there was none before.
  is_list_kept boolean
);
grant select, insert on billing_archive_checks to cf_ops;
