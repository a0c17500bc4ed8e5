-- A file that came out of the bin is unknown to whoever listed the chain before.
alter table backup_files add column revived_at timestamptz;
