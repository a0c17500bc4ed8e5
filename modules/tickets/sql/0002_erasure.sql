-- When a person is erased, what they wrote stays with the organisation under a pseudonym (R81).
grant update (author_address) on tickets_entries to cf_app;
