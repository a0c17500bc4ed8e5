-- A site's second location, which the configuration names, and spaces that were sold with a copy there (R28, R32).
alter table spaces_sites add column replica_name text check (length(replica_name) between 1 and 200);
alter table spaces_spaces drop constraint spaces_spaces_replica_plan_check;
alter table spaces_spaces add check (replica_plan in ('none', 'second_location'));
