-- Bytes that browsers read to restore, by day (R10).
alter table backup_usage_daily add column restored_bytes bigint not null default 0 check (restored_bytes >= 0);
