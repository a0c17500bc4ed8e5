-- Breaches of the contract: suggested by a program or noted by an operator, then confirmed by the measure that follows or
-- dismissed with a reason (R64).
create table measures_violations (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  nature text not null check (nature in ('unsolicited_mail', 'malicious_content', 'unlawful_at_site', 'overload',
    'nonpayment', 'compromised_account', 'authority_order')),
  severity text not null check (severity in ('minor', 'serious', 'grave')),
  product text not null check (product in ('backup', 'mail')),
  occurred_at timestamptz not null,
  noted_at timestamptz not null,
  facts text not null check (length(facts) between 1 and 4000),
  clause text not null check (length(clause) <= 500),
  evidence text not null default '' check (length(evidence) <= 1000),
  source text not null check (source in ('operator', 'sender_stop', 'dunning')),
  -- What the program knows it by: the same thing is suggested once.
  source_key text not null check (length(source_key) between 1 and 200),
  authority_reference text not null default '' check (length(authority_reference) <= 200),
  is_silent boolean not null default false,
  state text not null default 'suggested' check (state in ('suggested', 'confirmed', 'dismissed')),
  -- The request for a second person that waits, where the measure needs one.
  approval_id uuid,
  decided_by uuid,
  decided_at timestamptz,
  dismissal text not null default '' check (length(dismissal) <= 1000),
  primary key (tenant_id, id),
  unique (tenant_id, source, source_key),
  check ((state = 'suggested') = (decided_by is null)),
  check (state <> 'dismissed' or dismissal <> ''),
  check ((nature = 'authority_order') = (authority_reference <> '')),
  -- Only an authority may order that the customer is not told (R66).
  check (not is_silent or nature = 'authority_order')
);
create index measures_violations_open on measures_violations (state, noted_at);
select cf_tenant_table('measures_violations', 'write');
revoke update, delete on measures_violations from cf_app;
revoke delete on measures_violations from cf_ops;

create table measures_measures (
  tenant_id uuid not null,
  id uuid not null,
  violation_id uuid not null,
  level text not null check (level in ('warning', 'restriction', 'limitation', 'suspension')),
  capabilities text[] not null,
  recurrence integer not null check (recurrence >= 0),
  state text not null check (state in ('announced', 'in_force', 'expired', 'lifted', 'overturned')),
  language text not null check (language in ('it', 'en')),
  statement text not null check (length(statement) between 1 and 20000),
  -- How many people of the customer the statement was sent to.
  told integer not null check (told >= 0),
  is_silent boolean not null,
  imposed_by uuid not null,
  confirmed_by uuid,
  imposed_at timestamptz not null,
  starts_at timestamptz not null,
  ends_at timestamptz,
  appeal_until timestamptz not null,
  ended_at timestamptz,
  end_reason text not null default '' check (length(end_reason) <= 1000),
  authority_reference text not null,
  primary key (tenant_id, id),
  unique (tenant_id, violation_id),
  foreign key (tenant_id, violation_id) references measures_violations (tenant_id, id),
  check (ends_at is null or ends_at > starts_at),
  check ((state in ('announced', 'in_force')) = (ended_at is null)),
  -- Nobody suspends a customer alone, except where an authority orders it.
  constraint measures_suspension_by_two check (level <> 'suspension' or authority_reference <> ''
    or (confirmed_by is not null and confirmed_by <> imposed_by))
);
create index measures_measures_live on measures_measures (state, starts_at);
select cf_tenant_table('measures_measures', 'write');
revoke insert, update, delete on measures_measures from cf_app;
revoke delete on measures_measures from cf_ops;

create table measures_appeals (
  tenant_id uuid not null,
  id uuid not null,
  measure_id uuid not null,
  body text not null check (length(body) between 1 and 10000),
  filed_by uuid not null,
  filed_at timestamptz not null,
  due_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'upheld', 'rejected')),
  decision text not null default '' check (length(decision) <= 4000),
  -- Who imposed the measure: these two never decide about it.
  imposed_by uuid not null,
  confirmed_by uuid,
  decided_by uuid,
  decided_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, measure_id),
  foreign key (tenant_id, measure_id) references measures_measures (tenant_id, id),
  check ((state = 'open') = (decided_by is null)),
  constraint measures_appeal_by_another check (decided_by is null
    or (decided_by <> imposed_by and decided_by is distinct from confirmed_by))
);
create index measures_appeals_open on measures_appeals (state, due_at);
select cf_tenant_table('measures_appeals', 'write');
revoke update, delete on measures_appeals from cf_app;
revoke delete on measures_appeals from cf_ops;

-- What a customer may not do right now. Every edge reads this row in the transaction of the act it guards, so a measure
-- is obeyed with the next act everywhere, and no process keeps a copy.
create table measures_switches (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  capability text not null check (capability in ('backup.new', 'backup.upload', 'backup.manage', 'mail.new', 'mail.send',
    'mail.manage', 'mail.programs')),
  since timestamptz not null,
  primary key (tenant_id, capability)
);
select cf_tenant_table('measures_switches', 'write');
revoke insert, update, delete on measures_switches from cf_app;
