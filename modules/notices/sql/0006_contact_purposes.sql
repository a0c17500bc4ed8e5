-- Contacts for technical and for legal matters too, and whether mail to a contact comes back (R102).
alter table notices_contacts drop constraint notices_contacts_purpose_check;
alter table notices_contacts add constraint notices_contacts_purpose_check
  check (purpose in ('incidents', 'technical', 'billing', 'security', 'legal'));
-- When mail to it came back for good, and what the other side said: until it is confirmed again nothing is sent there.
alter table notices_contacts add column bounced_at timestamptz;
alter table notices_contacts add column bounce_reply text check (length(bounce_reply) <= 500);
alter table notices_contacts add constraint notices_contacts_bounced_check
  check ((bounced_at is null) = (bounce_reply is null));
