import { spawn } from "node:child_process";
import type { PolicySettings } from "@casaforte/contract/policies";
import { Failure } from "@casaforte/kernel";
import type { OnNote } from "../tree/note.ts";
import { hookOutputBytesMax } from "./limits.ts";

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
function run(hook: Hook, { result, signal }: HookInput): Promise<string | null> {
  const { CASAFORTE_PASSWORD: _, CASAFORTE_NEW_PASSWORD: __, CASAFORTE_RESTORE_TOKEN: ___, ...inherited } = process.env;
  const env = { ...inherited, ...(result === null ? {} : { CASAFORTE_RESULT: result }) };
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", hook.command], { stdio: ["ignore", "ignore", "pipe"], env, detached: true });
    let complaint = "";
    let tooLong = false;
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      } catch {
        // It ended by itself meanwhile.
      }
    };
    const timer = setTimeout(() => {
      tooLong = true;
      end();
    }, hook.timeoutSeconds * 1000);
    signal.addEventListener("abort", end, { once: true });
    const done = (why: string | null) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve(why);
    };
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-hookOutputBytesMax);
    });
    child.once("error", (error) => done(error.message));
    child.once("close", (code, ended) => {
      if (code === 0) return done(null);
      const how = tooLong ? `it took longer than ${hook.timeoutSeconds} s` : `it ended with ${ended ?? `code ${code}`}`;
      return done([how, complaint.trim().split("\n").at(-1)].filter(Boolean).join(": "));
    });
  });
}
