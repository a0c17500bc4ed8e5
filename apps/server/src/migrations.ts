import { migrations as approvals } from "@casaforte/modules/approvals/migrations";
import { migrations as audit } from "@casaforte/modules/audit/migrations";
import { migrations as backup } from "@casaforte/modules/backup/migrations";
import { migrations as billing } from "@casaforte/modules/billing/migrations";
import { migrations as catalogue } from "@casaforte/modules/catalogue/migrations";
import { migrations as certificates } from "@casaforte/modules/certificates/migrations";
import { migrations as complaints } from "@casaforte/modules/complaints/migrations";
import { migrations as compliance } from "@casaforte/modules/compliance/migrations";
import { migrations as departure } from "@casaforte/modules/departure/migrations";
import { migrations as devices } from "@casaforte/modules/devices/migrations";
import { migrations as domains } from "@casaforte/modules/domains/migrations";
import { migrations as grants } from "@casaforte/modules/grants/migrations";
import { migrations as idempotency } from "@casaforte/modules/idempotency/migrations";
import { migrations as identity } from "@casaforte/modules/identity/migrations";
import { migrations as inspections } from "@casaforte/modules/inspections/migrations";
import { migrations as mailbox } from "@casaforte/modules/mailbox/migrations";
import { migrations as mailflow } from "@casaforte/modules/mailflow/migrations";
import { migrations as measures } from "@casaforte/modules/measures/migrations";
import { migrations as metering } from "@casaforte/modules/metering/migrations";
import { migrations as notices } from "@casaforte/modules/notices/migrations";
import { migrations as orders } from "@casaforte/modules/orders/migrations";
import { migrations as placement } from "@casaforte/modules/placement/migrations";
import { migrations as policies } from "@casaforte/modules/policies/migrations";
import { migrations as processors } from "@casaforte/modules/processors/migrations";
import { migrations as reconciliation } from "@casaforte/modules/reconciliation/migrations";
import { migrations as sieve } from "@casaforte/modules/sieve/migrations";
import { migrations as spaces } from "@casaforte/modules/spaces/migrations";
import { migrations as tenancy } from "@casaforte/modules/tenancy/migrations";
import { migrations as tickets } from "@casaforte/modules/tickets/migrations";
import { migrations as transfers } from "@casaforte/modules/transfers/migrations";
import { migrations as webhooks } from "@casaforte/modules/webhooks/migrations";
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
  certificates,
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
