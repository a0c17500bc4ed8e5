import { createPublicKey, type KeyObject } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { Failure, parseId, type TenantId } from "@casaforte/kernel";
import { checkChainExport, exportChain } from "@casaforte/modules/audit";
import { keyFingerprint } from "@casaforte/modules/departure";
import { checkPack, gatherPack, inspectionLimits } from "@casaforte/modules/inspections";
import { openDb } from "@casaforte/platform/db";
import { openLogger, systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { certificateKey } from "../audit-anchors.ts";
import { openStores } from "../stores.ts";
import { type InstallationOptions, openInstallation } from "./open-installation.ts";

const marks = { kept: "✓", broken: "✗", idle: "·", tested: "✓", failed: "✗", untested: " " } as const;

async function withDatabase<Result>(
  options: InstallationOptions,
  work: (
    db: ReturnType<typeof openDb>,
    config: Awaited<ReturnType<typeof openInstallation>>["config"],
  ) => Promise<Result>,
): Promise<Result> {
  const { config, urls } = await openInstallation(options);
  const logger = openLogger({ level: "error" });
  const db = openDb({ ...urls, logger, appConnectionsMax: 2, operatorConnectionsMax: 1 });
  try {
    return await work(db, config);
  } finally {
    await db.close();
  }
}

/**
 * Runs each control of the charter for one customer, on the running system or from the tests of its version, and writes the
 * signed evidence pack. Returns what to print, and how many promises the running system does not keep.
 */
export function verifyCharter(
  options: InstallationOptions & { readonly tenant: string; readonly out: string },
): Promise<{ readonly text: string; readonly broken: number }> {
  const tenantId = parseId<TenantId>(options.tenant);
  return withDatabase(options, async (db, config) => {
    // What is checked elsewhere needs neither the controls nor the modules that they ask.
    const { charter } = await import("../evidence/charter.ts");
    const { evidenceSources } = await import("../evidence/sources.ts");
    const lines: string[] = [];
    const count = { kept: 0, broken: 0, idle: 0, tested: 0, failed: 0, untested: 0 };
    await db.tenant(
      tenantId,
      async (tx) => {
        for (const { row, promise, prove } of charter) {
          const { state, found, at } = await prove(tx, systemClock.nowMs());
          count[state]++;
          const when = at === null ? "" : ` (${at.toISOString()})`;
          lines.push(`${marks[state]} ${row} ${promise.en} ${found.en.split("\n")[0]}${when}\n`);
        }
      },
      { readOnly: true },
    );
    const stores = await openStores(config, systemClock, systemRandom);
    const pack = await gatherPack(
      {
        db,
        clock: systemClock,
        providerName: config.provider.name,
        signingKey: certificateKey(stores),
        evidence: evidenceSources,
      },
      tenantId,
    );
    await writeFile(options.out, pack, { mode: 0o600 });
    const { kept, broken, idle, tested, failed, untested } = count;
    lines.push(
      `${tested + failed + untested} promises by the tests of this version: ${tested} passed, ${failed} not, ${untested} without a test that was run.\n`,
      `${kept + broken + idle} controls, ${broken} not kept. The signed evidence is in ${options.out}.\n`,
    );
    return { text: lines.join(""), broken };
  });
}

/** @throws invalid `departure.key`. */
function readKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new Failure("invalid", "departure.key", "the key file is not a public key in PEM form", { cause });
  }
}

async function readBounded(file: string): Promise<Buffer> {
  if ((await stat(file)).size > inspectionLimits.packBytesMax)
    throw new Failure("invalid", "inspections.pack_too_large", "the file is larger than any evidence");
  return readFile(file);
}

/** Checks an evidence pack, with the provider's public key and nothing else. @throws corrupt as checkPack. */
export async function checkEvidence(file: string, options: { readonly key: string }): Promise<string> {
  const key = readKey(await readFile(options.key, "utf8"));
  const { manifest, chain } = checkPack(await readBounded(file), key);
  const { provider, customer, madeAt, files } = manifest;
  return `The evidence is as ${provider} signed it on ${madeAt} for ${customer.name} (${customer.id}), with the key ${keyFingerprint(key)}.\n${files.length} files are whole; ${chain.links} entries of the audit log are chained without a gap.\n`;
}

/** Writes a customer's log with its chain. Returns how many bytes. */
export function exportAuditChain(
  options: InstallationOptions & { readonly tenant: string },
  write: (text: string) => void,
): Promise<void> {
  const tenantId = parseId<TenantId>(options.tenant);
  return withDatabase(options, async (db) => {
    for await (const line of exportChain(db, tenantId)) write(line);
  });
}

/** Checks an exported log without a database. @throws corrupt `audit.chain_export`. */
export async function verifyAuditExport(file: string): Promise<string> {
  const { tenantId, links, head } = checkChainExport((await readBounded(file)).toString("utf8"));
  return `The log of ${tenantId} is whole: ${links} entries, each chained to the one before. Head: ${head}.\n`;
}
