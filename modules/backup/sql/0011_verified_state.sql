-- What a verification on request found when it ended, whatever becomes of the point afterwards. Null of those that ended
-- before this was kept.
alter table backup_points add column verified_state text check (verified_state in ('good', 'damaged'));
