-- From where a program's newest tokens were asked for: a whole IPv4 address, the first 64 bits of an IPv6 one. Who brings the
-- token before within the seconds of a repeat is answered there alone. Null in rows of before: no repeat is answered there.
alter table identity_programs add column renewed_from text;
