-- Some years after the decision it is forgotten who complained and in what words; what was decided stays (R104).
alter table complaints_complaints add column forgotten_at timestamptz;
alter table complaints_complaints drop constraint complaints_complaints_check;
alter table complaints_complaints add constraint complaints_complaints_signed
  check (is_about_children or forgotten_at is not null or (name is not null and address is not null));
alter table complaints_complaints add constraint complaints_complaints_forgotten
  check (forgotten_at is null or (state <> 'open' and name is null and address is null));
