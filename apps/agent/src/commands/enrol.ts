import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { Failure, type Id, newId } from "@casaforte/kernel";
import { forgetKey } from "../chain/remembered-key.ts";
import { systemClock, systemRandom } from "../outside.ts";
import type { AgentHome, Enrolment } from "../state/home.ts";
import { connectVault } from "../vault-session.ts";
import { agentVersion } from "./context.ts";

export interface EnrolInput {
  readonly vaultUrl: string;
  readonly token: string;
  readonly name: string;
  /** Replace an enrolment that is there. Its points stay in the vault. */
  readonly force: boolean;
}

/** Trades the enrolment token for a device token and keeps it. @throws conflict `agent.enrolled`, `vault.enrolment_invalid`. */
export async function enrol(home: AgentHome, input: EnrolInput): Promise<Omit<Enrolment, "deviceToken">> {
  const old = home.readJson<Enrolment>("enrolment.json");
  if (old !== null && !input.force) {
    throw new Failure(
      "conflict",
      "agent.enrolled",
      `this machine is already enrolled as ${old.name}: use --force to replace`,
    );
  }
  // The state directory is proven writable before the single-use token is spent.
  home.create();
  home.writeJson("enrolment.check", {});
  home.remove("enrolment.check");
  const vault = connectVault({ vaultUrl: input.vaultUrl, triesMax: 3 });
  await vault.hello();
  const reply = await vault.enrol({
    token: input.token,
    name: input.name,
    os: "linux",
    osVersion: osVersion(),
    agentVersion,
    hostname: hostname(),
  });
  const enrolment: Enrolment = {
    vaultUrl: input.vaultUrl,
    deviceId: reply.deviceId,
    deviceToken: reply.deviceToken,
    name: input.name,
    spaceId: reply.spaceId,
    spaceName: reply.spaceName,
    chainId: newId<Id<"Chain">>(systemClock, systemRandom),
  };
  home.remove("upload");
  home.remove("last-run.json");
  forgetKey(home);
  home.writeJson("enrolment.json", enrolment);
  const { deviceToken: _, ...shown } = enrolment;
  return shown;
}

/** os-release(5), or the kernel's word for it. */
export function osVersion(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]{1,100})/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux";
  } catch {
    return "Linux";
  }
}
