-- Recipients that the rules of the account passed mail on to in that hour.
alter table mailflow_rates add column passed_on int not null default 0;
