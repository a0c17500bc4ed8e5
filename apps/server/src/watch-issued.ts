import type { Clock, Logger } from "@casaforte/kernel";
import { issuedTopic, readIssued } from "@casaforte/modules/certificates";
import type { Bus } from "@casaforte/platform/bus";
import type { Db } from "@casaforte/platform/db";
import type { CertificateFiles } from "./certificate-files.ts";
import type { Stores } from "./stores.ts";

/** How often what the database holds is looked at for changes, besides hints. */
const lookMs = 60_000;

interface WatchServices extends Pick<Stores, "secret"> {
  readonly db: Db;
  readonly bus: Pick<Bus, "subscribe">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly certificates: CertificateFiles;
}

/**
 * Shows what the authority issued, whichever process asked for it: now, after each hint, and every minute until the signal.
 * A look that fails leaves what was shown before, and the next one tries again.
 */
export async function watchIssued(services: WatchServices, signal: AbortSignal): Promise<void> {
  const { db, bus, clock, certificates } = services;
  const logger = services.logger.with({ component: "certificates" });
  const secretKey = services.secret("certificates");
  let known: Awaited<ReturnType<typeof readIssued>> = new Map();
  let isWanted = false;
  let looking: Promise<void> | null = null;
  const lookOnce = async (): Promise<void> => {
    while (isWanted && !signal.aborted) {
      isWanted = false;
      try {
        known = await readIssued({ db, logger, secretKey }, known);
        certificates.showIssued(known);
      } catch (error) {
        logger.error("certificates.unread", error);
      }
    }
    looking = null;
  };
  const look = (): Promise<void> => {
    isWanted = true;
    looking ??= lookOnce();
    return looking;
  };
  await look();
  const forget = bus.subscribe(issuedTopic, () => void look());
  void (async () => {
    while (!signal.aborted) {
      await clock.sleep(lookMs, signal).catch(() => {});
      if (!signal.aborted) await look();
    }
    forget();
  })();
}
