import { readDaemonState } from "../daemon/daemon-state.ts";
import type { ShownNote } from "../notes.ts";
import { shownBytes } from "../output.ts";
import { type AgentHome, lastRunShape } from "../state/home.ts";
import { UploadJournal } from "../upload/journal.ts";
import { connectVault } from "../vault-session.ts";

/** What `status` prints. @throws `agent.not_enrolled`, and as the vault does. */
export async function readStatus(
  home: AgentHome,
): Promise<{ readonly value: unknown; readonly lines: readonly string[] }> {
  const { deviceToken, ...enrolment } = home.enrolment();
  const vault = connectVault({ vaultUrl: enrolment.vaultUrl, token: deviceToken, triesMax: 3 });
  const { space, chains } = await vault.device();
  const chain = chains.find((candidate) => candidate.chainId === enrolment.chainId);
  const lastRun = home.readKept("last-run.json", lastRunShape);
  const daemon = readDaemonState(home);
  const journal = new UploadJournal(home.path("upload"), () => new Uint8Array(16)).read();
  const unfinished = journal === null ? null : { fileName: journal.head.fileName, parts: journal.parts.length };
  const last =
    lastRun === null
      ? "none yet"
      : `${lastRun.result}, ${lastRun.finishedAt}${lastRun.message === null ? "" : `: ${lastRun.message}`}`;
  return {
    value: { ...enrolment, space, chain: chain ?? null, lastRun, unfinished, daemon },
    lines: [
      `Machine:    ${enrolment.name} (${enrolment.deviceId})`,
      `Vault:      ${enrolment.vaultUrl}, space ${space.name} at ${space.siteId}`,
      `Space:      ${shownBytes(space.usedBytes)} of ${shownBytes(space.quotaBytes)} used`,
      `Points:     ${chain?.points ?? 0}${chain?.head ? `, last ${chain.head.at}` : ""}`,
      `Last run:   ${last}`,
      ...shownNotes(lastRun?.notes ?? []),
      ...(daemon?.policyName
        ? [`Policy:     ${daemon.policyName}, next run ${daemon.nextRunAt ?? "when asked for"}`]
        : []),
      ...(unfinished === null ? [] : [`Unfinished: ${unfinished.fileName}, the next backup goes on with it`]),
    ],
  };
}

/** The first of a run's notes; `--json` has all that were kept. */
const notesShownMax = 20;

function shownNotes(notes: readonly ShownNote[]): readonly string[] {
  const lines = notes.slice(0, notesShownMax).map(({ path, message }) => `            ${path}: ${message}`);
  const left = notes.length - lines.length;
  return left === 0 ? lines : [...lines, `            and ${left} more: casaforte-agent status --json`];
}
