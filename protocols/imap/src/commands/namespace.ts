// RFC 9051 §6.3.10 NAMESPACE
import type { Handler } from "../command.ts";

/** One personal namespace without a prefix. */
export const namespace: Handler = (session, { cursor }) => {
  cursor.end();
  session.out.line('* NAMESPACE (("" "/")) NIL NIL');
  return "OK NAMESPACE completed";
};
