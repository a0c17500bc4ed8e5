import type { PolicySettings } from "@casaforte/contract/policies";
import { Failure } from "@casaforte/kernel";
import { RunningCommand } from "../sources/running-command.ts";
import type { OnNote } from "../tree/note.ts";

type Hook = PolicySettings["hooks"]["before"][number];

export interface HookInput {
  readonly when: "before" | "after";
  /** What `CASAFORTE_RESULT` says to an after command. */
  readonly result: "ok" | "partial" | "failed" | null;
  readonly onNote: OnNote;
  readonly signal: AbortSignal;
}

/**
 * Runs a policy's commands in order, each by the shell, with its own time limit and nothing of the agent's secrets in
 * its environment. @throws unavailable `hook.before_failed` or `hook.after_failed` for one whose failure is to stop the run.
 */
export async function runHooks(hooks: readonly Hook[], input: HookInput): Promise<void> {
  for (const hook of hooks) {
    const why = await run(hook, input);
    input.signal.throwIfAborted();
    if (why === null) continue;
    const message = `the ${input.when} command failed: ${why}`;
    if (hook.onFailure === "stop") throw new Failure("unavailable", `hook.${input.when}_failed`, message);
    input.onNote({ level: "told", code: "hook_failed", path: Buffer.from(hook.command), message });
  }
}

/** Null for success, else how it ended. */
async function run(hook: Hook, { result, signal }: HookInput): Promise<string | null> {
  const { CASAFORTE_PASSWORD: _, CASAFORTE_NEW_PASSWORD: __, CASAFORTE_RESTORE_TOKEN: ___, ...inherited } = process.env;
  const env = { ...inherited, ...(result === null ? {} : { CASAFORTE_RESULT: result }) };
  const command = new RunningCommand("/bin/sh", ["-c", hook.command], {
    hasOutput: false,
    env,
    msMax: hook.timeoutSeconds * 1000,
  });
  const stop = () => command.end();
  signal.addEventListener("abort", stop, { once: true });
  const how = await command.ended;
  signal.removeEventListener("abort", stop);
  return how;
}
