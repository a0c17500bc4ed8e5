-- When work on a fault began, and when the faulty part was replaced (R23).
alter table notices_faults
  add column started_at timestamptz,
  add column replaced_at timestamptz,
  add constraint notices_faults_repair check (
    (started_at is null or acknowledged_at is not null) and (replaced_at is null or started_at is not null));
