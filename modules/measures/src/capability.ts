import { Failure } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Capability } from "./capabilities.ts";
import { selectSwitch, selectSwitches } from "./store-switches.ts";

const refusals: Readonly<Record<Capability, readonly [code: string, text: string]>> = {
  "backup.new": ["measures.new_off", "new spaces and devices are suspended for your organisation"],
  // The code that agents of any age know.
  "backup.upload": ["vault.space_suspended", "the space takes no new data; restoring goes on"],
  "backup.manage": ["measures.manage_off", "changes are suspended for your organisation; the notice is in the console"],
  "mail.new": ["measures.new_off", "new domains and mail accounts are suspended for your organisation"],
  "mail.send": [
    "measures.send_off",
    "sending is suspended for your organisation; mail still arrives, and the notice is in the console",
  ],
  "mail.manage": ["measures.manage_off", "changes are suspended for your organisation; the notice is in the console"],
  "mail.programs": [
    "measures.programs_off",
    "mail programs are switched off for your organisation; webmail works, and the notice is in the console",
  ],
};

/** The refusal that every edge gives, as a kind that each protocol has a reply for. */
export function refusalOf(capability: Capability): Failure {
  const [code, text] = refusals[capability];
  return new Failure("forbidden", code, text, { details: { capability } });
}

/**
 * Lets an act pass unless a measure in force forbids it (R64). Read in the transaction of the act itself.
 * @throws forbidden `measures.new_off`, `measures.manage_off`, `measures.send_off`, `measures.programs_off`,
 * `vault.space_suspended`.
 */
export async function assertCapable(tx: TenantTx, capability: Capability): Promise<void> {
  if (await isSwitchedOff(tx, capability)) throw refusalOf(capability);
}

/** Whether a measure in force takes this away from the tenant of the transaction. */
export const isSwitchedOff = (tx: TenantTx, capability: Capability): Promise<boolean> => selectSwitch(tx, capability);

/** Everything that is off for a tenant. */
export const listSwitchedOff = (tx: TenantTx | OperatorTx, tenantId: TenantTx["tenantId"]): Promise<Capability[]> =>
  selectSwitches(tx, tenantId);
