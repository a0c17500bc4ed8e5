-- Takes up to `most` of the schedules that are due, the longest due first, for the one caller that may run them now: one
-- question a look instead of one for each schedule. One that nobody knows yet is due, and so is one that a clock which was
-- ahead put further off than its period.
create function jobs_claim_schedules(names text[], everies interval[], now_at timestamptz, lease interval, most int)
returns setof text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into jobs_schedules (task, next_at)
    select w.name, now_at from unnest(names) as w(name)
    where not exists (select 1 from jobs_schedules s where s.task = w.name)
    on conflict do nothing;
  return query
    with due as (
      select s.task, w.every from unnest(names, everies) as w(name, every) join jobs_schedules s on s.task = w.name
      where (s.next_at <= now_at or s.next_at > now_at + w.every + lease)
        and (s.locked_until is null or s.locked_until < now_at or s.locked_until > now_at + 2 * lease)
      order by s.next_at, s.task limit most for update of s skip locked)
    update jobs_schedules s set next_at = now_at + due.every, locked_until = now_at + lease
    from due where s.task = due.task
    returning s.task;
end $$;
select cf_definer_function('jobs_claim_schedules(text[], interval[], timestamptz, interval, int)'::regprocedure);

-- What runs longer than a lease keeps its own.
create function jobs_renew_schedules(names text[], now_at timestamptz, lease interval) returns void
language sql security definer set search_path = public, pg_temp as $$
  update jobs_schedules set locked_until = now_at + lease where task = any(names) and locked_until is not null
$$;
select cf_definer_function('jobs_renew_schedules(text[], timestamptz, interval)'::regprocedure);
