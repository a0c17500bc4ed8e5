// RFC 9698 GETJMAPACCESS
import type { Handler } from "../command.ts";
import { formatString } from "../format/quote.ts";

/** Tells where the same mail is over JMAP; BAD where no such place is known. */
export const getJmapAccess: Handler = (session, { cursor }) => {
  cursor.end();
  const { jmap } = session.account;
  if (!jmap) return "BAD There is no JMAP here";
  session.out.line(`* JMAPACCESS ${formatString(jmap.url)}`);
  return "OK GETJMAPACCESS completed";
};
