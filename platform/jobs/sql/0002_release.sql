-- Gives back everything that a worker held which is known to be dead, without waiting for its lease to run out.
create function jobs_release_all() returns int
language sql security definer set search_path = public, pg_temp as $$
  with schedules as (update jobs_schedules set locked_until = null where locked_until is not null),
    jobs as (update jobs_jobs set locked_until = 'epoch' where locked_until is not null returning 1)
  select count(*)::int from jobs
$$;
select cf_definer_function('jobs_release_all()'::regprocedure);
