-- When the register was begun with what the configuration named, be it nobody: from then on every change is announced.
create table processors_seeding (
  only_once boolean primary key default true check (only_once),
  at timestamptz not null
);
insert into processors_seeding (at) select min(created_at) from processors_subprocessors having count(*) > 0;
grant select, insert on processors_seeding to cf_ops;
