import { readFileSync } from "node:fs";
import { Failure } from "@casaforte/kernel";
import type { Command } from "commander";
import { isKeyRemembered } from "../chain/remembered-key.ts";
import { agentVersion } from "../commands/context.ts";
import { runBackup } from "../commands/run-backup.ts";
import { runVerify } from "../commands/run-verify.ts";
import { Throttle, throttled } from "../daemon/bandwidth.ts";
import { type DaemonEvent, followPolicy } from "../daemon/daemon.ts";
import { runHooks } from "../daemon/hooks.ts";
import { filePolicyFeed, vaultPolicyFeed } from "../daemon/policy-feed.ts";
import { runInputOf } from "../daemon/policy-run.ts";
import type { ShownNote } from "../notes.ts";
import { printResult } from "../output.ts";
import { systemClock } from "../outside.ts";
import { type AgentSettings, maySnapshot, settingsFile } from "../state/home.ts";
import { takeRunLock } from "../state/run-lock.ts";
import type { Note } from "../tree/note.ts";
import { endTrial, installedAgent } from "../update/installed.ts";
import { update } from "../update/update.ts";
import { createVaultFetch } from "../vault-fetch.ts";
import { connectVault } from "../vault-session.ts";
import type { Cli, CommonOptions } from "./cli.ts";

/** run, allow-commands, allow-snapshots, allow-updates. */
export function addDaemonCommands(program: Command, cli: Cli): void {
  program
    .command("run")
    .description("follow this machine's policy: back up at its times until stopped")
    .option("--policy <file>", "follow this file instead of the policy from the console")
    .option("--json", "print events as JSON, one a line")
    .addHelpText("after", runHelp)
    .action((options: CommonOptions & { policy?: string }) => run(cli, options));
  addAllow(program, cli, {
    name: "allow-commands",
    setting: "allowCommands",
    description: "whether a policy from the console may run commands on this machine: yes or no",
    yes: "A policy may run commands on this machine.",
    no: "No policy runs commands here.",
  });
  addAllow(program, cli, {
    name: "allow-snapshots",
    setting: "allowSnapshots",
    description: "whether the daemon may take snapshots of this machine's volumes: yes or no",
    yes: "The daemon may take snapshots here. A service needs its new definition: casaforte-agent install-service",
    no: "The daemon takes no snapshots here. A service needs its new definition: casaforte-agent install-service",
  });
  addAllow(program, cli, {
    name: "allow-updates",
    setting: "allowUpdates",
    description: "whether the daemon takes newer versions from the vault by itself: yes or no",
    yes: "The daemon takes newer versions by itself, unless its policy forbids it.",
    no: "Only casaforte-agent update takes a newer version here.",
  });
}

interface Allowance {
  readonly name: string;
  readonly setting: keyof AgentSettings;
  readonly description: string;
  readonly yes: string;
  readonly no: string;
}

/** What the machine's owner decides and no policy can change. */
function addAllow(program: Command, cli: Cli, { name, setting, description, yes, no }: Allowance): void {
  program
    .command(name)
    .description(description)
    .argument("<answer>", "yes or no")
    .option("--json", "print the result as JSON")
    .action((answer: string, options: CommonOptions) => {
      if (answer !== "yes" && answer !== "no") throw new Failure("invalid", "agent.usage", "say yes or no");
      const value = answer === "yes";
      const settings: AgentSettings = { ...cli.home.readJson<AgentSettings>(settingsFile), [setting]: value };
      cli.home.writeJson(settingsFile, settings);
      printResult(cli.outputOf(options), { [setting]: value }, [value ? yes : no]);
    });
}

/** What a run had to say of single names goes to the log beside the daemon's own events. */
type ShownEvent = DaemonEvent | { readonly event: "notes"; readonly notes: readonly ShownNote[] };

/** Of a run, the first so many: every run of a day may say the same. */
const notesShownMax = 20;

const snapshotsForbidden: Note = {
  level: "told",
  code: "no_snapshot",
  path: Buffer.from("-"),
  message:
    "read while it is in use, snapshots are not allowed here: run casaforte-agent allow-snapshots yes, then install-service",
};

/** A version that has run for so long has stayed up. */
const trialMs = 10 * 60_000;

async function run(cli: Cli, options: CommonOptions & { policy?: string }): Promise<void> {
  const { home } = cli;
  const { signal } = cli.interrupt;
  const output = cli.outputOf(options);
  const show = (event: ShownEvent) =>
    void output.stdout.write(output.json ? `${JSON.stringify(event)}\n` : `${inWords(event)}\n`);
  const { vaultUrl, deviceToken, deviceId } = home.enrolment();
  const vault = connectVault({ vaultUrl, token: deviceToken });
  // Two daemons would run everything twice.
  using _lock = takeRunLock(home, "daemon.lock");
  const { policy } = options;
  const installed = installedAgent(process.argv[1]);
  const trial = installed && setTimeout(() => endTrial(installed, agentVersion), trialMs).unref();
  const takeUpdate = async (updateSignal: AbortSignal): Promise<string | null> => {
    if (installed === null || home.readJson<AgentSettings>(settingsFile)?.allowUpdates === false) return null;
    const source = { vaultUrl, fetch: createVaultFetch(), signal: updateSignal };
    const done = await update({ ...source, installed, home, checkOnly: false, sparesGivenUp: true });
    return done.result === "updated" ? done.offered : null;
  };
  const feed = policy === undefined ? vaultPolicyFeed(vault, home, systemClock) : filePolicyFeed(readPolicy(policy));
  try {
    await followPolicy(
      {
        home,
        deviceId,
        clock: systemClock,
        feed,
        // Who may write the file may run commands here anyhow.
        mayRunCommands: () =>
          policy !== undefined || home.readJson<AgentSettings>(settingsFile)?.allowCommands === true,
        isUnattended: () => isKeyRemembered(home),
        run: async (settings, runSignal) => {
          const throttle = new Throttle(settings.bandwidth, systemClock);
          // Who may write the file may take snapshots here anyhow.
          const mayTake = policy !== undefined || maySnapshot(home.readJson<AgentSettings>(settingsFile) ?? {});
          const done = await runBackup({
            home,
            password: () => Promise.reject(new Failure("precondition", "policy.no_key", "run remember first")),
            mayUseKept: true,
            input: runInputOf(settings, mayTake),
            onProgress: () => undefined,
            onPause: () => undefined,
            signal: runSignal,
            around: {
              wrapVault: (plain) => throttled(plain, throttle),
              before: (onNote) => {
                if (settings.snapshot === "auto" && !mayTake) onNote(snapshotsForbidden);
                return runHooks(settings.hooks.before, { when: "before", result: null, onNote, signal: runSignal });
              },
              after: (result, onNote) =>
                runHooks(settings.hooks.after, { when: "after", result, onNote, signal: runSignal }),
            },
          });
          if (done.notes.length > 0) show({ event: "notes", notes: done.notes.slice(0, notesShownMax) });
          return done;
        },
        verify: (sampleBytes, runSignal) => runVerify(home, sampleBytes, runSignal),
        ...(installed ? { update: takeUpdate } : {}),
        onEvent: show,
      },
      signal,
    );
  } catch (error) {
    // Being told to stop is how a daemon ends.
    if (!signal.aborted) throw error;
    if (installed !== null) endTrial(installed, agentVersion);
  } finally {
    if (trial !== null) clearTimeout(trial);
  }
}

function readPolicy(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure("invalid", "agent.usage", `${file} cannot be read: ${String(error)}`);
  }
}

function inWords(event: ShownEvent): string {
  switch (event.event) {
    case "notes":
      return event.notes.map(({ path, message }) => `${path}: ${message}`).join("\n");
    case "policy": {
      if (event.state === "none") return "no policy is assigned: waiting for one";
      if (event.state === "refused") return `policy ${event.name} cannot be followed here (${event.code})`;
      return `following policy ${event.name}; next run ${event.nextRunAt ?? "when somebody asks"}`;
    }
    case "run_begins":
      return {
        scheduled: "backup begins",
        made_up: "a missed backup is made up for",
        retry: "backup is tried again",
        asked: "backup begins, as asked for",
      }[event.why];
    case "run_ends":
      return event.result === "failed"
        ? `backup failed: ${event.message} (${event.code}); next try ${event.retryAt}`
        : `backup ended: ${event.result}`;
    case "verified":
      return event.result === "ok"
        ? "a sample was restored and is whole"
        : `restoring a sample: ${event.result} (${event.code})`;
    case "update":
      if (event.version !== null) return `version ${event.version} is installed: the daemon ends to start it`;
      return event.code === null ? "the agent is the newest" : `no newer version was taken (${event.code})`;
    case "missed":
      return `the backup of ${event.at} was missed and is let go`;
    case "forgotten":
      return `${event.message}: the daemon begins anew`;
  }
}

const runHelp = `
Backups run without the password: casaforte-agent remember, once. A run that was missed while the machine was off or
asleep is made up for, a failed one is tried again after 1, 2, 4 … 60 minutes. SIGTERM ends it; a run that is under way
then is gone on with when it starts again. As a service: casaforte-agent install-service.

An agent that install.sh put there asks once a day for a newer version, takes it and ends with 10, to be started again.

Commands of a policy (before, after, and outputs to save) run only after: casaforte-agent allow-commands yes
Volumes are read from snapshots only after: casaforte-agent allow-snapshots yes`;
