-- Whether another file was replaced by one is asked for each file that is deleted.
create index backup_files_replaced_by on backup_files (tenant_id, replaced_by) where replaced_by is not null;
