-- What a run had to say of single names, by kind: [{level, code, count}]. Names are sealed on the device and never here.
alter table devices_reports add column notes jsonb not null default '[]'
  check (jsonb_typeof(notes) = 'array' and pg_column_size(notes) <= 8192);
