// RFC 2971 ID
import type { Handler } from "../command.ts";
import { formatString } from "../format/quote.ts";
import { plainText } from "../syntax/text.ts";

const fieldsMax = 30;

/** Takes the client's name for the log and gives ours. */
export const id: Handler = (session, { cursor }) => {
  cursor.space();
  if (cursor.peek() === "(") {
    const told: Record<string, string> = {};
    cursor.list(
      () => {
        const field = cursor.string("a field name").toLowerCase();
        cursor.space();
        told[field] = plainText(cursor.nstring() ?? "").slice(0, 100);
      },
      fieldsMax,
      true,
    );
    session.logger.info("imap.client_id", { client: told["name"], clientVersion: told["version"], os: told["os"] });
  } else if (cursor.nstring() !== null) session.logger.debug("imap.client_id_malformed");
  cursor.end();
  session.out.line(`* ID ("name" ${formatString(session.options.serverName ?? "Casaforte")})`);
  return "OK ID completed";
};
