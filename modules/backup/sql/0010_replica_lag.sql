-- How far a second location is behind is the operators' to know; which blobs those are tells nothing of their content.
create policy operator on backup_replicas for select to cf_ops using (true);
grant select on backup_replicas to cf_ops;
