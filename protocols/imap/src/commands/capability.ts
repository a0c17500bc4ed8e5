// RFC 9051 §6.1.1 CAPABILITY
import { capabilities } from "../capabilities.ts";
import type { Handler } from "../command.ts";

/** Lists what the server offers now. */
export const capability: Handler = (session, { cursor }) => {
  cursor.end();
  session.out.line(`* CAPABILITY ${capabilities(session)}`);
  return "OK CAPABILITY completed";
};
