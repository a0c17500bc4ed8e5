-- Durable jobs: enqueued by the runtime role inside the tenant's own transaction, taken across tenants by definer functions.
create table jobs_jobs (
  tenant_id uuid not null,
  id uuid not null,
  task text not null,
  key text,
  payload jsonb not null,
  run_at timestamptz not null,
  attempts int not null default 0,
  attempts_max int not null,
  locked_until timestamptz,
  locked_by text,
  last_error text,
  failed_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index jobs_jobs_key on jobs_jobs (tenant_id, task, key) where key is not null and locked_until is null and failed_at is null;
create index jobs_jobs_due on jobs_jobs (run_at) where failed_at is null;
select cf_tenant_table('jobs_jobs', 'write');
select cf_definer_access('jobs_jobs', 'select, update, delete');

create table jobs_schedules (
  task text primary key,
  next_at timestamptz not null,
  locked_until timestamptz
);
grant select, insert, update on jobs_schedules to cf_auth;
grant select on jobs_schedules to cf_ops;

-- Takes up to `most` due jobs of the given tasks under a lease. A lease that ran out is taken again: the worker died.
create function jobs_take(worker text, tasks text[], most int, now_at timestamptz, lease interval)
returns table (tenant_id uuid, id uuid, task text, payload jsonb, attempts int, attempts_max int)
language sql security definer set search_path = public, pg_temp as $$
  with due as (
    select j.tenant_id, j.id from jobs_jobs j
    where j.failed_at is null and j.run_at <= now_at and j.task = any(tasks) and (j.locked_until is null or j.locked_until < now_at)
    order by j.run_at limit most for update skip locked)
  update jobs_jobs j set locked_until = now_at + lease, locked_by = worker, attempts = j.attempts + 1
  from due where j.tenant_id = due.tenant_id and j.id = due.id
  returning j.tenant_id, j.id, j.task, j.payload, j.attempts, j.attempts_max
$$;
select cf_definer_function('jobs_take(text, text[], int, timestamptz, interval)'::regprocedure);

create function jobs_renew(worker text, ids uuid[], now_at timestamptz, lease interval) returns void
language sql security definer set search_path = public, pg_temp as $$
  update jobs_jobs set locked_until = now_at + lease where id = any(ids) and locked_by = worker
$$;
select cf_definer_function('jobs_renew(text, uuid[], timestamptz, interval)'::regprocedure);

create function jobs_done(worker text, job_id uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  delete from jobs_jobs where id = job_id and locked_by = worker
$$;
select cf_definer_function('jobs_done(text, uuid)'::regprocedure);

-- Gives a job back for a later try, or lays it down as failed. When a newer one of the same key waits, this one goes.
create function jobs_failed(worker text, job_id uuid, error text, retry_at timestamptz, now_at timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update jobs_jobs set locked_until = null, locked_by = null, last_error = left(error, 2000), run_at = coalesce(retry_at, run_at),
    failed_at = case when retry_at is null then now_at end
  where id = job_id and locked_by = worker;
exception when unique_violation then
  delete from jobs_jobs where id = job_id and locked_by = worker;
end $$;
select cf_definer_function('jobs_failed(text, uuid, text, timestamptz, timestamptz)'::regprocedure);

-- True for the one caller that may run this schedule now.
create function jobs_claim_schedule(name text, every interval, now_at timestamptz, lease interval) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into jobs_schedules (task, next_at) values (name, now_at) on conflict do nothing;
  update jobs_schedules set next_at = now_at + every, locked_until = now_at + lease
  where task = name and next_at <= now_at and (locked_until is null or locked_until < now_at);
  return found;
end $$;
select cf_definer_function('jobs_claim_schedule(text, interval, timestamptz, interval)'::regprocedure);

create function jobs_release_schedule(name text) returns void
language sql security definer set search_path = public, pg_temp as $$
  update jobs_schedules set locked_until = null where task = name
$$;
select cf_definer_function('jobs_release_schedule(text)'::regprocedure);
