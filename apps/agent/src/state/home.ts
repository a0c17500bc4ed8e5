import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import { z } from "zod";
import type { ShownNote } from "../notes.ts";
import { errnoOf, isFullDisk } from "../tree/note.ts";
import { replaceFile } from "./replace-file.ts";

/** What enrolment left on this machine. The token is a secret; the file is the owner's alone. */
export interface Enrolment {
  readonly vaultUrl: string;
  readonly deviceId: string;
  readonly deviceToken: string;
  readonly name: string;
  readonly spaceId: string;
  readonly spaceName: string;
  /** Chosen at enrolment, so that two first runs never make two chains. */
  readonly chainId: string;
}

/** What the machine's owner decided about the agent. */
export interface AgentSettings {
  /** A policy from the console may run commands here. */
  readonly allowCommands?: boolean;
  /** The daemon may take snapshots of this machine's volumes; as `allowCommands` says when absent. */
  readonly allowSnapshots?: boolean;
  /** The daemon takes newer versions from the vault by itself; yes when absent. */
  readonly allowUpdates?: boolean;
}

export const settingsFile = "settings.json";

/** Where commands of a policy may do anything, snapshots are the least of it. */
export const maySnapshot = ({ allowSnapshots, allowCommands }: AgentSettings): boolean =>
  allowSnapshots ?? allowCommands ?? false;

/** What the agent remembers of its last run, for `status`. */
export interface LastRun {
  readonly result: "ok" | "partial" | "failed";
  readonly finishedAt: string;
  readonly pointId: string | null;
  readonly message: string | null;
  /** Of names, which no report to the vault has; absent in what an agent before wrote. */
  readonly notes?: readonly ShownNote[];
}

export const lastRunShape: Shape<LastRun> = z.object({
  result: z.enum(["ok", "partial", "failed"]),
  finishedAt: z.string(),
  pointId: z.string().nullable(),
  message: z.string().nullable(),
  notes: z
    .array(z.object({ level: z.enum(["lost", "told"]), code: z.string(), path: z.string(), message: z.string() }))
    .exactOptional(),
});

/** What a file that is kept has to look like: JSON of another shape is as damaged as what is no JSON. */
export type Shape<T> = z.ZodType<T>;

/** The agent's directory: 0700, its files 0600, each replaced whole. */
export class AgentHome {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  create(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    chmodSync(this.directory, 0o700);
  }

  /** @throws precondition `agent.not_enrolled`. */
  enrolment(): Enrolment {
    const found = this.readJson<Enrolment>("enrolment.json");
    if (found === null) {
      const message = "this machine is not enrolled: run casaforte-agent enroll first";
      throw new Failure("precondition", "agent.not_enrolled", message);
    }
    return found;
  }

  /** Null when there is no such file. @throws corrupt `agent.state`. */
  readJson<T>(name: string): T | null {
    return (this.#read(name) ?? null) as T | null;
  }

  /**
   * For what a run can do without. Null when there is no such file, and where it is damaged or has not this shape: that is
   * told to `onDamaged`.
   */
  readKept<T>(name: string, shape: Shape<T>, onDamaged?: (error: Failure) => void): T | null {
    try {
      const value = this.#read(name);
      if (value === undefined) return null;
      const { success, data, error } = shape.safeParse(value);
      if (success) return data;
      throw this.#damaged(name, error);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      onDamaged?.(error);
      return null;
    }
  }

  /** As `replaceFile`. @throws over_quota `agent.state_full`. */
  writeJson(name: string, value: unknown): void {
    this.create();
    try {
      replaceFile(this.path(name), `${JSON.stringify(value, null, 2)}\n`, "owner");
    } catch (error) {
      throw this.unlessFull(error);
    }
  }

  rename(from: string, to: string): void {
    renameSync(this.path(from), this.path(to));
  }

  /** An error of writing here, as over_quota `agent.state_full` where the disk has no room. */
  unlessFull(error: unknown): unknown {
    if (!isFullDisk(error)) return error;
    const message = `the disk of ${this.directory} is full: make room, the next run goes on where this one stopped`;
    return new Failure("over_quota", "agent.state_full", message, { cause: error });
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true, recursive: true });
  }

  /** Undefined, which no JSON is, when there is no such file. */
  #read(name: string): unknown {
    let text: string;
    try {
      text = readFileSync(this.path(name), "utf8");
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.#damaged(name, error);
    }
  }

  #damaged(name: string, cause: unknown): Failure {
    return new Failure("corrupt", "agent.state", `${this.path(name)} is damaged`, { cause });
  }
}

/** `CASAFORTE_AGENT_HOME`, else /var/lib for root and a dot directory for everybody else. */
export function agentHome(environment: NodeJS.ProcessEnv): AgentHome {
  const chosen = environment["CASAFORTE_AGENT_HOME"];
  if (chosen) return new AgentHome(chosen);
  const isRoot = process.getuid?.() === 0;
  return new AgentHome(isRoot ? "/var/lib/casaforte-agent" : join(homedir(), ".casaforte-agent"));
}
