import { imapRemotes, type TransferServices } from "@casaforte/modules/transfers";
import { resolvePublicAddress } from "@casaforte/platform/net";
import type { Services } from "./services.ts";

/** Mail from other servers: public addresses only, whoever names them. */
export function transferDesk({ core, mailbox }: Services): TransferServices {
  return {
    ...mailbox,
    jobs: core.jobs,
    secretKey: core.secret("transfers"),
    openRemote: imapRemotes({ resolve: resolvePublicAddress }),
  };
}
