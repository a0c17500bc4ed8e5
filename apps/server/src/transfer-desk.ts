import { imapRemotes, type TransferServices } from "@casaforte/modules/transfers";
import { inServers, resolvePublicAddress } from "@casaforte/platform/net";
import type { Services } from "./services.ts";

/**
 * Mail from other servers: public ones, and those of ours that the configuration names, whoever names the server; of ours
 * at the ports of IMAP alone, or at the port named with them, as every customer can try them.
 */
export function transferDesk({ core, mailbox }: Services): TransferServices {
  const isOurs = inServers(core.config.mail.importNetworks, [143, 993]);
  return {
    ...mailbox,
    jobs: core.jobs,
    secretKey: core.secret("transfers"),
    openRemote: imapRemotes({
      resolve: (host, port) => resolvePublicAddress(host, { isAlsoTaken: (address) => isOurs(address, port) }),
    }),
  };
}
