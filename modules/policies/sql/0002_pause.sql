-- Until when a device's policy starts nothing by itself; null or past: it does.
alter table policies_assignments add column paused_until timestamptz;
