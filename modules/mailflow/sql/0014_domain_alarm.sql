-- Whether somebody was told that the domain reached its limit in that hour.
alter table mailflow_domain_rates add column alarmed boolean not null default false;
