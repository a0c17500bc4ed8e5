-- A session under a grant lasts no longer than the operator's own sign-in out of which the link was made, and ends when
-- nobody uses it. One that was opened before this has no sign-in, so it is over; the leave stays.
alter table grants_grants
  add code_sign_in uuid,
  add sign_in uuid,
  add seen_at timestamptz;
grant update (code_sign_in) on grants_grants to cf_ops;
