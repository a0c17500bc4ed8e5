import { createHmac } from "node:crypto";
import type { Clock, Random } from "@casaforte/kernel";
import type { Bus } from "@casaforte/platform/bus";
import { identityLimits } from "./limits.ts";

/** The bus topic on which a change of a principal's secrets or standing is told. */
export const identityTopic = (principalId: string): string => `identity:${principalId}`;

/**
 * A minute's memory of logins already verified, right or wrong, so that a mail client's many connections cost one
 * Argon2 and not each one. Keyed by a hash under a key of this process; emptied for a principal at any change.
 */
export interface VerifiedLogins {
  get(parts: readonly string[]): VerifiedLogin | null;
  put(parts: readonly string[], login: VerifiedLogin): void;
  drop(principalId: string): void;
  close(): void;
}

export interface VerifiedLogin {
  readonly principalId: string;
  /** What the verification answered; null remembers a wrong secret. */
  readonly result: unknown;
}

interface Kept extends VerifiedLogin {
  readonly untilMs: number;
}

/** @see VerifiedLogins */
export function createVerifiedLogins(services: {
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
}): VerifiedLogins {
  const processKey = services.random.bytes(32);
  const kept = new Map<string, Kept>();
  const byPrincipal = new Map<string, { readonly keys: Set<string>; readonly stop: () => void }>();
  const keyOf = (parts: readonly string[]) =>
    createHmac("sha256", processKey).update(JSON.stringify(parts)).digest("base64");

  function remove(key: string): void {
    const entry = kept.get(key);
    if (entry === undefined) return;
    kept.delete(key);
    const group = byPrincipal.get(entry.principalId);
    group?.keys.delete(key);
    if (group?.keys.size === 0) {
      byPrincipal.delete(entry.principalId);
      group.stop();
    }
  }

  function drop(principalId: string): void {
    for (const key of [...(byPrincipal.get(principalId)?.keys ?? [])]) remove(key);
  }

  return {
    get(parts) {
      const key = keyOf(parts);
      const entry = kept.get(key);
      if (entry === undefined) return null;
      if (entry.untilMs > services.clock.nowMs()) return entry;
      remove(key);
      return null;
    },
    put(parts, login) {
      const key = keyOf(parts);
      remove(key);
      // A Map keeps the order of insertion, so the first key is the oldest.
      for (const oldest of kept.keys()) {
        if (kept.size < identityLimits.verifiedLoginsMax) break;
        remove(oldest);
      }
      let group = byPrincipal.get(login.principalId);
      if (group === undefined) {
        const stop = services.bus.subscribe(identityTopic(login.principalId), () => drop(login.principalId));
        group = { keys: new Set(), stop };
        byPrincipal.set(login.principalId, group);
      }
      group.keys.add(key);
      kept.set(key, { ...login, untilMs: services.clock.nowMs() + identityLimits.verifiedLoginMs });
    },
    drop,
    close() {
      for (const principalId of [...byPrincipal.keys()]) drop(principalId);
    },
  };
}
