import { access } from "./sabotages/access.ts";
import { accounts } from "./sabotages/accounts.ts";
import { backups } from "./sabotages/backups.ts";
import { connectedPrograms } from "./sabotages/connected-programs.ts";
import { departure } from "./sabotages/departure.ts";
import { doors } from "./sabotages/doors.ts";
import { incidents } from "./sabotages/incidents.ts";
import { inspections } from "./sabotages/inspections.ts";
import { keys } from "./sabotages/keys.ts";
import { money } from "./sabotages/money.ts";
import { notices } from "./sabotages/notices.ts";
import { operation } from "./sabotages/operation.ts";
import { ordering } from "./sabotages/ordering.ts";
import { programs } from "./sabotages/programs.ts";
import type { Sabotage } from "./sabotages/sabotage.ts";
import { services } from "./sabotages/services.ts";
import { tickets } from "./sabotages/tickets.ts";

/**
 * The sabotages that make the charter's proofs worth something; `npm run sabotage` does them one by one. A new one goes
 * into the file of its subject.
 */
export const sabotages: readonly Sabotage[] = [
  ...access,
  ...accounts,
  ...backups,
  ...connectedPrograms,
  ...departure,
  ...doors,
  ...incidents,
  ...inspections,
  ...keys,
  ...money,
  ...notices,
  ...operation,
  ...ordering,
  ...programs,
  ...services,
  ...tickets,
];
