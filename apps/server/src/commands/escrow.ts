import { open, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { Failure, providerTenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { assertDatabaseReady, openDb } from "@casaforte/platform/db";
import { openLogger } from "@casaforte/platform/telemetry";
import { isSameKey, type KeyCheck, keyCheckOf, listEscrowChecks } from "../escrow.ts";
import { readMasterKeys } from "../keys.ts";
import { migrationSources } from "../migrations.ts";
import { type InstallationOptions, openInstallation } from "./open-installation.ts";

const keyBytes = 32;

/**
 * Tells which master key of this installation a copy is, and notes that it was looked at, by whom (R98, R101). Returns what a
 * person reads, which never holds a byte of a key. @throws precondition `escrow.unreadable`, `escrow.own_file`, `escrow.open`,
 * `escrow.length`; not_found `escrow.foreign`.
 */
export async function checkEscrow(file: string, options: InstallationOptions): Promise<string> {
  const { config, urls } = await openInstallation(options);
  const key = await readCopy(
    file,
    config.masterKeys.map((own) => own.file),
  );
  const own = (await readMasterKeys(config)).map(keyCheckOf);
  await assertDatabaseReady(urls, migrationSources);
  const logger = openLogger({ level: "error" });
  const db = openDb({ ...urls, logger, appConnectionsMax: 1, operatorConnectionsMax: 1 });
  try {
    const copy = keyCheckOf({ id: 0, key });
    const current = own.find((each) => isSameKey(each, copy));
    const known = current ?? (await db.operator(listEscrowChecks)).find((each) => isSameKey(each.key, copy))?.key;
    if (known === undefined)
      throw new Failure(
        "not_found",
        "escrow.foreign",
        `${file} is no master key of this installation, whose keys are ${own.map(({ id }) => id).join(" and ")}: fetch the other copy and check that; if none is right, make new copies of the configured files today`,
      );
    await db.tenant(providerTenantId, (tx) => note(tx, known));
    return current === undefined
      ? `${file} is master key ${known.id}, which left the configuration. Keep it while you keep copies of the keys that it wraps.\n`
      : `${file} is master key ${known.id} of this installation. The check is noted; put the copy back where it lies.\n`;
  } finally {
    await db.close();
  }
}

const note = (tx: Parameters<typeof recordAudit>[0], { id, value }: KeyCheck) =>
  recordAudit(
    tx,
    { kind: "system", name: "console" },
    {
      action: "keys.escrow_checked",
      object: { kind: "master_key", id: String(id) },
      details: { value, by: whoIsHere() },
    },
  );

/** The account at this machine's console, and whose it was before `sudo`. */
function whoIsHere(): string {
  const { username } = userInfo();
  const before = process.env["SUDO_USER"];
  return before === undefined || before === username ? username : `${before.slice(0, 100)} as ${username}`;
}

async function readCopy(file: string, ownFiles: readonly string[]): Promise<Uint8Array> {
  const opened = await open(file, "r").catch((cause) => {
    throw new Failure(
      "precondition",
      "escrow.unreadable",
      `${file} cannot be read: name the file that holds the copy`,
      {
        cause,
      },
    );
  });
  try {
    const { mode, size, dev, ino } = await opened.stat();
    const own = await Promise.all(ownFiles.map((path) => stat(path)));
    if (own.some((each) => each.dev === dev && each.ino === ino))
      throw new Failure(
        "precondition",
        "escrow.own_file",
        `${file} is the key that this installation uses, not its copy: fetch the copy from where it lies and name that`,
      );
    if ((mode & 0o077) !== 0)
      throw new Failure(
        "precondition",
        "escrow.open",
        `${file} can be read by others: chmod 600 ${file}, make sure that nobody read it meanwhile, and check again`,
      );
    if (size !== keyBytes)
      throw new Failure(
        "precondition",
        "escrow.length",
        `${file} has ${size} bytes and a master key has ${keyBytes}: where the copy was written down as text, turn it back into bytes first (base64 --decode, or xxd -r -p)`,
      );
    return new Uint8Array(await opened.readFile());
  } finally {
    await opened.close();
  }
}
