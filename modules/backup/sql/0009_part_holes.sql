-- Zeros that a part's body leaves out, as the protocol's header writes them. Where they are to stand in the file is an
-- extent without a part.
alter table backup_parts add column holes text not null default '' check (length(holes) <= 700);
alter table backup_upload_extents alter column part_id drop not null;
alter table backup_extents alter column part_id drop not null;
