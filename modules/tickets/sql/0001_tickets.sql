create sequence tickets_number start 100001;
grant usage on sequence tickets_number to cf_app, cf_ops;

-- One request or report of a customer (R17). In the provider's own tenant while nobody knows whose it is (R21).
create table tickets_tickets (
  tenant_id uuid not null references tenancy_tenants (tenant_id),
  id uuid not null,
  number bigint not null check (number > 0),
  kind text not null check (kind in ('question', 'incident', 'billing', 'abuse')),
  severity text not null check (severity in ('low', 'normal', 'high', 'urgent')),
  state text not null check (state in ('open', 'waiting_customer', 'solved', 'closed')),
  channel text not null check (channel in ('mail', 'portal', 'phone')),
  subject text not null check (length(subject) between 1 and 200),
  language text not null check (language in ('it', 'en')),
  requester_address text not null check (length(requester_address) between 3 and 320),
  requester_id uuid,
  -- What the customer says it is about: service, device, when it began. Plain words.
  concerns text not null default '' check (length(concerns) <= 500),
  assignee_id uuid,
  automatic_replies integer not null default 0,
  reminders_sent integer not null default 0,
  opened_at timestamptz not null,
  updated_at timestamptz not null,
  reaction_due_at timestamptz not null,
  reacted_at timestamptz,
  waiting_since timestamptz,
  solved_at timestamptz,
  cause text check (cause in ('provider', 'third_party', 'customer', 'improper_use')),
  cause_text text not null default '' check (length(cause_text) <= 2000),
  cause_by uuid,
  cause_confirmed_by uuid,
  primary key (tenant_id, id),
  -- Improper use is said in words the customer reads, by two people (R26).
  check (cause is distinct from 'improper_use' or (cause_text <> '' and cause_by is not null)),
  check (cause_confirmed_by is null or cause_confirmed_by <> cause_by),
  check ((state = 'waiting_customer') = (waiting_since is not null))
);
create unique index tickets_number_once on tickets_tickets (number);
comment on index tickets_number_once is 'global: a ticket has one number whoever asks for it (R18); it comes from a sequence, no tenant chooses it';
create index tickets_queue on tickets_tickets (state, reaction_due_at);
create index tickets_recent on tickets_tickets (tenant_id, updated_at desc, id);
create index tickets_waiting on tickets_tickets (tenant_id, state, waiting_since);
select cf_tenant_table('tickets_tickets', 'write');
revoke delete on tickets_tickets from cf_app;

-- What was said, in order. `content_key` makes the same mail one entry however often it comes (R17).
create table tickets_entries (
  tenant_id uuid not null,
  id uuid not null,
  ticket_id uuid not null,
  author text not null check (author in ('customer', 'operator', 'note', 'system')),
  author_id uuid,
  author_address text not null default '' check (length(author_address) <= 320),
  body text not null check (length(body) <= 200000),
  content_key bytea,
  -- Message-ID of the mail this entry came by or went out as; empty when by neither.
  message_id text not null default '' check (length(message_id) <= 998),
  at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, ticket_id) references tickets_tickets (tenant_id, id) on update cascade
);
create index tickets_entries_ticket on tickets_entries (tenant_id, ticket_id, id);
create index tickets_entries_message on tickets_entries (tenant_id, message_id) where message_id <> '';
create unique index tickets_entries_content on tickets_entries (tenant_id, content_key) where content_key is not null;
select cf_tenant_table('tickets_entries', 'write');
revoke update, delete on tickets_entries from cf_app;

create table tickets_attachments (
  tenant_id uuid not null,
  id uuid not null,
  entry_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  media_type text not null check (length(media_type) <= 200),
  size_bytes bigint not null check (size_bytes >= 0),
  blob_id uuid not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, entry_id) references tickets_entries (tenant_id, id) on update cascade
);
create index tickets_attachments_entry on tickets_attachments (tenant_id, entry_id);
create index tickets_attachments_blob on tickets_attachments (tenant_id, blob_id);
select cf_tenant_table('tickets_attachments', 'write');
revoke update, delete on tickets_attachments from cf_app;
