import { migrations as approvals } from "@casaforte/modules/approvals";
import { migrations as audit } from "@casaforte/modules/audit";
import { migrations as backup } from "@casaforte/modules/backup";
import { migrations as billing } from "@casaforte/modules/billing";
import { migrations as catalogue } from "@casaforte/modules/catalogue";
import { migrations as complaints } from "@casaforte/modules/complaints";
import { migrations as compliance } from "@casaforte/modules/compliance";
import { migrations as departure } from "@casaforte/modules/departure";
import { migrations as devices } from "@casaforte/modules/devices";
import { migrations as domains } from "@casaforte/modules/domains";
import { migrations as grants } from "@casaforte/modules/grants";
import { migrations as idempotency } from "@casaforte/modules/idempotency";
import { migrations as identity } from "@casaforte/modules/identity";
import { migrations as inspections } from "@casaforte/modules/inspections";
import { migrations as mailbox } from "@casaforte/modules/mailbox";
import { migrations as mailflow } from "@casaforte/modules/mailflow";
import { migrations as measures } from "@casaforte/modules/measures";
import { migrations as metering } from "@casaforte/modules/metering";
import { migrations as notices } from "@casaforte/modules/notices";
import { migrations as orders } from "@casaforte/modules/orders";
import { migrations as placement } from "@casaforte/modules/placement";
import { migrations as policies } from "@casaforte/modules/policies";
import { migrations as processors } from "@casaforte/modules/processors";
import { migrations as reconciliation } from "@casaforte/modules/reconciliation";
import { migrations as sieve } from "@casaforte/modules/sieve";
import { migrations as spaces } from "@casaforte/modules/spaces";
import { migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as tickets } from "@casaforte/modules/tickets";
import { migrations as transfers } from "@casaforte/modules/transfers";
import { migrations as webhooks } from "@casaforte/modules/webhooks";
import { migrations as database, type MigrationSource } from "@casaforte/platform/db";
import { migrations as jobs } from "@casaforte/platform/jobs";

/** Every module's migrations, dependencies first. */
export const migrationSources: readonly MigrationSource[] = [
  database,
  jobs,
  tenancy,
  idempotency,
  audit,
  metering,
  notices,
  approvals,
  measures,
  catalogue,
  identity,
  spaces,
  placement,
  orders,
  billing,
  devices,
  policies,
  backup,
  domains,
  mailbox,
  sieve,
  mailflow,
  transfers,
  tickets,
  compliance,
  complaints,
  departure,
  inspections,
  processors,
  reconciliation,
  webhooks,
  grants,
];
