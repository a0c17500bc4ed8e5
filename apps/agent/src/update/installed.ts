import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Failure } from "@casaforte/kernel";

/** File names under the prefix, as install.sh makes them. */
export const installedNames = {
  program: "casaforte-agent.cjs",
  versions: "versions",
  /** A link to the version that is started. */
  current: "current",
  /** The version before and a line for each start, while a new one has not stayed up yet. */
  trial: "trial",
  /** Versions that did not stay up, one a line. */
  givenUp: "given-up",
  key: "release-key.pem",
} as const;

/** Where this program was installed by install.sh. */
export interface InstalledAgent {
  readonly prefix: string;
  /** The public key that its packages must be signed with (PEM). */
  readonly publicKey: string;
  readonly launcher: string;
}

/** Null for a program that runs out of a checkout or a package of npm. `script`: what Node was started with. */
export function installedAgent(script: string | undefined): InstalledAgent | null {
  if (script === undefined || !existsSync(script)) return null;
  const versions = dirname(dirname(realpathSync(script)));
  const prefix = dirname(versions);
  const keyFile = join(prefix, installedNames.key);
  const launcher = join(prefix, "bin", "casaforte-agent");
  if (!versions.endsWith(`/${installedNames.versions}`) || !existsSync(keyFile) || !existsSync(launcher)) return null;
  return { prefix, publicKey: readFileSync(keyFile, "utf8"), launcher };
}

/** @throws unsupported `agent.not_installed`. */
export function requireInstalled(script: string | undefined): InstalledAgent {
  const found = installedAgent(script);
  if (found !== null) return found;
  const message = "this agent was not installed by install.sh: whatever installed it updates it";
  throw new Failure("unsupported", "agent.not_installed", message);
}

/** The version that is started. */
export const currentVersion = ({ prefix }: Pick<InstalledAgent, "prefix">): string =>
  basename(readlinkSync(join(prefix, installedNames.current)));

/** A version has stayed up, or ended because it was told to: it is kept. The trial of another one goes on. */
export function endTrial(installed: Pick<InstalledAgent, "prefix">, version: string): void {
  if (currentVersion(installed) === version) rmSync(join(installed.prefix, installedNames.trial), { force: true });
}

/** Whether this version was installed a moment ago and has not stayed up yet. */
export function isOnTrial(script: string | undefined, version: string): boolean {
  const installed = installedAgent(script);
  return (
    installed !== null &&
    existsSync(join(installed.prefix, installedNames.trial)) &&
    currentVersion(installed) === version
  );
}

/** Whether a version was tried here and did not stay up. */
export function wasGivenUp({ prefix }: Pick<InstalledAgent, "prefix">, version: string): boolean {
  const file = join(prefix, installedNames.givenUp);
  return existsSync(file) && readFileSync(file, "utf8").split("\n").includes(version);
}
