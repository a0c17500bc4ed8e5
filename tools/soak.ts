import { randomInt } from "node:crypto";
import { startTestVault } from "../modules/backup/src/vault.test-support.ts";
import { runVaultFaults } from "../modules/backup/src/vault-faults.test-support.ts";
import { runBackupKill } from "../tests/sim/backup-kill-run.test-support.ts";
import { runBackupParsers } from "../tests/sim/backup-parsers-run.test-support.ts";
import { runBigBackup } from "../tests/sim/big-backup-run.test-support.ts";
import { runChainDays } from "../tests/sim/chain-days-run.test-support.ts";
import { runChainFaults } from "../tests/sim/chain-faults-run.test-support.ts";
import { openMailFaultsBed } from "../tests/sim/mail-faults-bed.test-support.ts";
import { imapScript } from "../tests/sim/mail-faults-imap.test-support.ts";
import { openJmapScript } from "../tests/sim/mail-faults-jmap.test-support.ts";
import { pop3Script } from "../tests/sim/mail-faults-pop3.test-support.ts";
import { runMailFaults } from "../tests/sim/mail-faults-run.test-support.ts";
import { sieveScript } from "../tests/sim/mail-faults-sieve.test-support.ts";
import { lmtpScript, mxScript, submissionScript } from "../tests/sim/mail-faults-smtp.test-support.ts";
import { runMailKill } from "../tests/sim/mail-kill-run.test-support.ts";
import { runMailModel } from "../tests/sim/mail-model-run.test-support.ts";
import { runMailParsers } from "../tests/sim/mail-parsers-run.test-support.ts";
import { runManyBlocks } from "../tests/sim/many-blocks-run.test-support.ts";
import { deepFiles, lookingFiles } from "../tests/support/depth.test-support.ts";
import { SimRandom } from "../tests/support/seed.test-support.ts";
import { script } from "./steps.ts";

/**
 * `npm run soak -- [minutes]`: the simulations of the test suite for as long as one likes (30 minutes by default), and
 * one backup of many files and a very large one. Ends with 1 at the first finding. Half of the time goes to mail.
 * Before that the chains: sixty days of one, a day of another for each k of which every k-th call fails, and a device's
 * life for each call that fails once in it. `npm run soak -- chains` does those alone, `npm run soak -- days [number]`
 * the first of them, `npm run soak -- blocks [number] [directory]` a disk of 150,000 distinct blocks (with a directory:
 * gone on with there, stage by stage), `npm run soak -- parsers [minutes]` every parser by a seed of its own.
 * `npm run soak -- faults`, and a whole run behind the chains: a session of each protocol of mail for each transaction and
 * each blob that fails in it. `npm run soak -- looks` looks at every screen in both languages, light and dark, and `npm run
 * soak -- depth` runs those tests in full of which `npm test` has a few rounds; both are tests, and go alone.
 */
const alone =
  ["chains", "days", "blocks", "parsers", "faults", "looks", "depth"].find((name) => name === process.argv[2]) ?? null;
// Of a whole run each half's parsers take a thirtieth.
const given = alone === "parsers" ? Number(process.argv[3] ?? 1) * 15 : Number(process.argv[2] ?? 30);
const minutes = alone === null || alone === "parsers" ? given : 1;
const seed = Number(process.env["SIM_SEED"]) || randomInt(1, 2 ** 31);
const startedMs = performance.now();
const say = (line: string) => console.log(`${((performance.now() - startedMs) / 1000).toFixed(0)} s  ${line}`);

if (!Number.isFinite(minutes) || minutes <= 0) {
  console.error(
    "usage: npm run soak -- [minutes | chains | days [number] | blocks [number] [directory] | parsers [minutes] | faults | looks | depth]",
  );
  process.exit(2);
}
say(`SIM_SEED=${seed}`);

const failed: string[] = [];
function judge(name: string, findings: readonly string[], figures: string): void {
  say(`${findings.length === 0 ? "✓" : "✗"} ${name}: ${figures}`);
  for (const finding of findings) say(`  ${finding}`);
  failed.push(...findings);
}

if (alone === "looks") await soakTests("every screen", lookingFiles, { LOOKS: "all" });
if (alone === "depth") await soakTests("tests in full", deepFiles, { DEPTH: "all" });
if (alone === "blocks") {
  const [blocks = 150_000, directory] = process.argv.slice(3);
  const many = await runManyBlocks({ blocks: Number(blocks), say, directory });
  judge("many blocks", many.findings, many.figures);
  finish();
}
if (alone !== "parsers" && alone !== "faults") await soakChains();
if (alone === "chains" || alone === "days") finish();
if (alone !== "parsers") await soakMailFaults();
if (alone === "faults") finish();

// A minute in thirty for each product.
for (const [name, run] of [
  ["mail parsers", runMailParsers],
  ["backup parsers", runBackupParsers],
] as const) {
  const endMs = performance.now() + minutes * 2_000;
  const { findings, inputs, parsers } = await run(new SimRandom(seed), () => performance.now() < endMs);
  judge(name, findings, `${inputs} inputs to ${parsers} parsers`);
}
if (alone === "parsers") finish();

const big = await runBigBackup({ seed, say });
judge("big backup", big.findings, big.figures);

const restMs = Math.max(0, minutes * 60_000 - (performance.now() - startedMs));
const until = (endMs: number, least: number) => (round: number) => round < least || performance.now() < endMs;

const backup = await runBackupKill({
  seed,
  size: { smallFiles: 5_000, largeFiles: 30, largeBytes: 15_000_000 },
  goesOn: until(performance.now() + restMs / 2, 5),
  say,
});
judge("backup under kill", backup.findings, `${backup.victims.length} kills, ${backup.points} points`);

// A tenth: mail programs of each kind in one account, against a model.
const modelEndMs = performance.now() + restMs / 10;
const used = await runMailModel(seed, until(modelEndMs, 50), say);
judge(
  "mail programs",
  used.findings,
  `${used.steps} acts, ${used.victims.length} kills, ${used.cutButDone} cut but done`,
);

// An account may send to so many recipients an hour; a fresh product every ten minutes keeps the load flowing.
const mailEndMs = performance.now() + (restMs * 4) / 10;
for (let part = 0; part === 0 || performance.now() < mailEndMs; part++) {
  const partEndMs = Math.min(mailEndMs, performance.now() + 10 * 60_000);
  const mail = await runMailKill(seed + part, until(partEndMs, 5), say);
  judge(
    "mail under kill",
    mail.findings,
    `${mail.victims.length} kills, ${mail.accepted} messages accepted, ${mail.unknown} without an answer; ${mail.brought} brought, ${mail.cutTransfers} transfers cut`,
  );
}
finish();

async function soakTests(name: string, files: readonly string[], env: NodeJS.ProcessEnv): Promise<never> {
  // A test in full takes as many times its usual patience as it has more rounds.
  const patience = "--testTimeout=1800000";
  const failures = await script("node_modules/vitest/vitest.mjs", ["run", patience, ...files], { env }).then(
    () => [],
    (error: Error) => [error.message],
  );
  judge(name, failures, `${files.length} files`);
  finish();
}

async function soakChains(): Promise<void> {
  const vault = await startTestVault();
  const random = new SimRandom(seed);
  const retention = { points: 5, days: 7, weeks: 4, months: 3, years: 0 };
  const dayCount = alone === "days" ? Number(process.argv[3] ?? 60) : 60;
  const days = { days: dayCount, files: 60, fileBytesMax: 600_000, editsPerDay: 15, checkEveryDays: 20 };
  const chain = await runChainDays(vault, { random, ...days, retention, incrementsMax: 6, say });
  const { composed, expired, partsDropped, restored, left } = chain;
  const figures = `${composed} composed, ${expired} expired, ${partsDropped} parts dropped, ${restored} restored, ${left} left`;
  judge(`chain of ${dayCount} days`, chain.findings, figures);
  if (alone === "days") return await vault[Symbol.asyncDispose]();
  const ks = Array.from({ length: 120 }, (_, index) => 1 + index * 2 + random.between(0, 1));
  const faults = await runChainFaults(vault, { random, ks, checkEveryDays: 20, say });
  say(JSON.stringify(faults.kinds));
  judge(
    "chain of faults",
    faults.findings,
    `${faults.faults} faults, ${faults.failedRuns} failed runs, ${faults.points} points`,
  );
  const once = await runVaultFaults(vault, () => true);
  judge("one fault in a life", once.findings, `${once.lives} lives of ${once.calls} calls`);
  await vault[Symbol.asyncDispose]();
}

async function soakMailFaults(): Promise<void> {
  const office = await openMailFaultsBed();
  const jmap = await openJmapScript(office);
  const lines = [mxScript, submissionScript, lmtpScript, imapScript, pop3Script, sieveScript];
  for (const script of [...lines.map((scriptOf) => scriptOf(office)), jmap]) {
    const { findings, lives, fired } = await runMailFaults(office, script, "all");
    judge(`faults of ${script.name}`, findings, `${lives} lives, ${JSON.stringify(fired)}`);
  }
  await jmap.close();
  await office.close();
}

function finish(): never {
  say(failed.length === 0 ? "nothing found" : `${failed.length} findings; SIM_SEED=${seed}`);
  process.exit(failed.length === 0 ? 0 : 1);
}
