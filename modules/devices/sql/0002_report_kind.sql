-- `verify`: a sample was restored and compared. It makes no point, and is no backup.
alter table devices_reports add column kind text not null default 'backup' check (kind in ('backup', 'verify'));
