-- Whose a dead blob is that waits for its time, so that the end of a space takes its own and leaves those of others.
alter table backup_dead_blobs add column of_space uuid;
