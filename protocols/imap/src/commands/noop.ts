// RFC 9051 §6.1.2 NOOP; RFC 3501 §6.4.1 CHECK
import type { Handler } from "../command.ts";
import { syncSelected } from "../updates.ts";

/** Asks the store, hint or not: this is where a lost hint is made good. */
export const noop: Handler = async (session, { cursor, name }) => {
  cursor.end();
  await syncSelected(session, { ask: true, mayExpunge: true });
  return `OK ${name} completed`;
};
