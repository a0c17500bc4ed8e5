import type { BackupServices } from "@casaforte/modules/backup";
import { announce, type WebhookServices } from "@casaforte/modules/webhooks";
import { resolvePublicAddress } from "@casaforte/platform/net";
import { type MailRoad, noticeRoad } from "./notice-road.ts";
import { webhookPoster } from "./post-webhook.ts";

/** Webhooks on the ports of everything else: public servers only, whoever names them (R79). */
export function webhookDesk(services: MailRoad, consoleUrl: string): WebhookServices {
  const { db, clock, random, logger, jobs, secret } = services.core;
  const { administrators, send } = noticeRoad(services, "technical");
  return {
    ...{ db, clock, random, jobs, consoleUrl, administrators, send },
    logger: logger.with({ component: "webhooks" }),
    secretKey: secret("webhooks"),
    post: webhookPoster({ resolve: (host, signal) => resolvePublicAddress(host, { signal }) }),
  };
}

const runEvents = { ok: "backup.finished", partial: "backup.partial", failed: "backup.failed" } as const;

/** How each run of a backup ended, which stands in no log. */
export const tellRuns =
  (webhooks: WebhookServices): NonNullable<BackupServices["runEnded"]> =>
  (tx, { deviceId, result }) =>
    announce(tx, { type: runEvents[result], kind: "device", id: deviceId }, webhooks);
