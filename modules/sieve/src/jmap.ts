import type { Clock } from "@casaforte/kernel";
import type { VacationStore } from "@casaforte/modules/mailbox";
import { readVacation, setVacation } from "./vacation.ts";

const instant = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

/** The vacation answer as JMAP has it. */
export function vacationStore(services: { readonly clock: Clock }): VacationStore {
  return {
    async read(tx, accountId) {
      const { fromAt, untilAt, ...rest } = await readVacation(tx, accountId);
      return { ...rest, fromMs: fromAt?.getTime() ?? null, toMs: untilAt?.getTime() ?? null };
    },
    set(tx, actor, accountId, { fromMs, toMs, ...rest }) {
      const vacation = { ...rest, fromAt: instant(fromMs), untilAt: instant(toMs) };
      return setVacation(tx, actor, { accountId, vacation }, services);
    },
  };
}
