-- What the daily look at the retention schedule found, class by class (R104). The provider's own; the schedule is in the program.
create table compliance_retention (
  class text primary key check (length(class) between 1 and 100),
  checked_at timestamptz not null,
  -- Rows that should be gone by now.
  overdue bigint not null check (overdue >= 0),
  -- Customers under a legal hold, whose rows are kept on purpose and were not counted.
  held integer not null check (held >= 0)
);
grant select, insert, update on compliance_retention to cf_ops;
