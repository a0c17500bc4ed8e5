import { imapRemotes, type TransferServices } from "@casaforte/modules/transfers";
import { inNetworks, resolvePublicAddress } from "@casaforte/platform/net";
import type { Services } from "./services.ts";

/** Mail from other servers: of public addresses and networks that the configuration names, whoever names the server. */
export function transferDesk({ core, mailbox }: Services): TransferServices {
  const isAlsoTaken = inNetworks(core.config.mail.importNetworks);
  return {
    ...mailbox,
    jobs: core.jobs,
    secretKey: core.secret("transfers"),
    openRemote: imapRemotes({ resolve: (host) => resolvePublicAddress(host, { isAlsoTaken }) }),
  };
}
