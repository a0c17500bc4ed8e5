-- How somebody may use another's address: as if it were his own, or on behalf of its owner, named in Sender.
alter table domains_send_rights add column mode text not null default 'as';
alter table domains_send_rights add constraint domains_send_rights_mode_check check (mode in ('as', 'on_behalf'));
