-- When an interruption began, where that was before the notice of it: what availability is measured by (R9). Null: with the notice.
alter table notices_notices add column began_at timestamptz check (began_at <= opened_at);
grant select (began_at) on notices_notices to cf_app;
