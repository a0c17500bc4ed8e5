-- Reports are counted by the day and forgotten by when they came, not by the times that they name themselves.
create index mailflow_domain_reports_received on mailflow_domain_reports (tenant_id, received_at);
