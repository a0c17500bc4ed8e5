import { createPrivateKey } from "node:crypto";
import { join } from "node:path";
import { jobHandlers as auditHandlers, jobSchedules as auditSchedules } from "@casaforte/modules/audit";
import { jobHandlers as backupHandlers, jobSchedules as backupSchedules } from "@casaforte/modules/backup";
import { jobHandlers as identityHandlers, jobSchedules as identitySchedules } from "@casaforte/modules/identity";
import {
  jmapJobHandlers,
  jobHandlers as mailboxHandlers,
  jobSchedules as mailboxSchedules,
} from "@casaforte/modules/mailbox";
import {
  mailflowBlobReferences,
  jobHandlers as mailflowHandlers,
  jobSchedules as mailflowSchedules,
} from "@casaforte/modules/mailflow";
import { openAppendFile } from "@casaforte/platform/append-file";
import { startWorker, type Worker } from "@casaforte/platform/jobs";
import type { Services } from "./services.ts";
import { jmapServices } from "./webmail-jmap.ts";

/** PKCS #8 of an Ed25519 key is this and the 32-byte seed (RFC 8410 §7). */
const ed25519Pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

/** Signs the audit heads that are kept outside the database (R89). */
const anchorKey = (seed: Uint8Array) =>
  createPrivateKey({ key: Buffer.concat([ed25519Pkcs8Head, seed]), format: "der", type: "pkcs8" });

/** Starts the jobs of every module in this process. */
export function startWorkers(services: Services): Worker {
  const { core, identity, mailbox, mailflow } = services;
  const { db, bus, clock, random, logger, config } = core;
  const anchor = {
    file: openAppendFile(join(config.data, "audit-anchors.jsonl")),
    privateKey: anchorKey(core.secret("audit anchor")),
  };
  return startWorker({
    db,
    bus,
    clock,
    random,
    logger,
    handlers: [
      ...auditHandlers({ db, clock, logger, anchor }),
      ...identityHandlers({ identity }),
      ...backupHandlers({ db, clock, random, logger, bus, blobStoreFor: core.blobsOfSite }),
      ...mailboxHandlers({ ...mailbox, otherBlobReferences: [mailflowBlobReferences] }),
      ...jmapJobHandlers(jmapServices(services)),
      ...mailflowHandlers(mailflow),
    ],
    schedules: [...auditSchedules, ...identitySchedules, ...backupSchedules, ...mailboxSchedules, ...mailflowSchedules],
  });
}
