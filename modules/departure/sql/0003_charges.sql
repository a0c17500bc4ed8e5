-- What was charged once is kept as the rest of an invoice is.
insert into departure_retention (table_name, basis) values ('billing_charges', 'tax'), ('billing_line_charges', 'tax');
