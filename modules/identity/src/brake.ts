import { type Clock, Failure, type Logger } from "@casaforte/kernel";
import { clientNetwork } from "@casaforte/kernel/addresses";
import type { Db } from "@casaforte/platform/db";
import { isTrusted } from "./address-prefix.ts";
import type { IdentityKeys } from "./keys.ts";
import { identityLimits } from "./limits.ts";
import { oneSpelling } from "./login-spelling.ts";
import { type BrakeKeys, forgetGuesses, rightTry, takeTry } from "./store-brake.ts";
import type { Realm } from "./types.ts";

export interface BrakeOptions {
  readonly freeTries?: number;
  readonly prefixFreeTries?: number;
  readonly baseMs?: number;
  readonly capMs?: number;
  /** The part of an address that tries are counted by; default `clientNetwork`. */
  readonly prefixOf?: (ip: string) => string;
  /** Proxies and loopback: many people share them, so their address is never counted. Addresses or CIDR networks. */
  readonly trustedAddresses?: readonly string[];
}

export interface TryInput {
  readonly realm: Realm;
  /** The login as typed, whether it exists or not; counted by its one spelling. */
  readonly login: string;
  readonly ip: string;
  /** Id inside a genuine known-device cookie for this login. */
  readonly deviceId: string | null;
  /** What was tried: the same wrong secret again is not counted again. */
  readonly secret: string;
  /** What is counted apart from guesses at the password: the second factor, a sign-up, mails to strangers, releases. */
  readonly factor?: "password" | "second" | "sign_up" | "mail" | "release";
}

/** One taken try; tell how it went only when it was right. */
export interface Try {
  /** The secret was right and the sign-in went on: pair and device become known. */
  right(): Promise<void>;
  /** The secret was right but not enough: the try is given back, nothing becomes known. */
  refund(): Promise<void>;
}

/**
 * The one brake of all logins (R59): per account, per address prefix (/32, /64) and per pair; exponential delay, never
 * a lockout; a known device or pair has an allowance of its own, so strangers cannot shut the owner out.
 */
export interface Brake {
  /** Counts a try before the secret is looked at. @throws rate_limited `identity.too_many_attempts`. */
  take(input: TryInput): Promise<Try>;
  /** Makes pair and device known without a try: the person proved the secret in an earlier step. */
  remember(input: TryInput): Promise<void>;
  /** After a password change. `unblock` lifts the delays too: an administrator's or a mailed link's doing. Of both factors. */
  forget(realm: Realm, login: string, unblock: boolean, factors?: readonly ("password" | "second")[]): Promise<void>;
}

/** @see Brake */
export function createBrake(services: {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: IdentityKeys;
  readonly options?: BrakeOptions;
}): Brake {
  const { db, clock, keys, logger } = services;
  const options = services.options ?? {};
  const figures = {
    free: options.freeTries ?? identityLimits.brakeFreeTries,
    prefixFree: options.prefixFreeTries ?? identityLimits.brakePrefixFreeTries,
    baseMs: options.baseMs ?? identityLimits.brakeBaseMs,
    capMs: options.capMs ?? identityLimits.brakeCapMs,
  };
  const key = (...parts: string[]): Buffer => keys.macs("brake", ...parts)[0];

  function keysOf(input: TryInput): BrakeKeys {
    const factor = input.factor ?? "password";
    const trusted = isTrusted(input.ip, options.trustedAddresses ?? []);
    const prefix = (options.prefixOf ?? clientNetwork)(input.ip);
    const account = [factor, input.realm, oneSpelling(input.login)] as const;
    return {
      account: key("account", ...account),
      pair: trusted ? null : key("pair", ...account, prefix),
      device: input.deviceId === null ? null : key("known device", ...account, input.deviceId),
      prefix: trusted ? null : key("prefix", prefix),
      guess: key("guess", ...account, input.secret),
    };
  }

  return {
    async take(input) {
      const brakeKeys = keysOf(input);
      const taken = await db.lookup((tx) => takeTry(tx, brakeKeys, clock.nowMs(), figures));
      if (!taken.allowed) {
        logger.warn("identity.braked", { realm: input.realm, factor: input.factor ?? "password", ip: input.ip });
        throw new Failure("rate_limited", "identity.too_many_attempts", "too many attempts; try again later", {
          details: { retryAtMs: taken.retryAt?.getTime() ?? clock.nowMs() + figures.baseMs },
        });
      }
      const told = (known: boolean) =>
        db.lookup((tx) =>
          rightTry(tx, brakeKeys, { counted: taken.counted, own: taken.own, known }, clock.nowMs(), figures),
        );
      return { right: () => told(true), refund: () => told(false) };
    },
    remember(input) {
      const how = { counted: false, own: false, known: true };
      return db.lookup((tx) => rightTry(tx, keysOf(input), how, clock.nowMs(), figures));
    },
    async forget(realm, login, unblock, factors = ["password", "second"]) {
      for (const factor of factors)
        await db.lookup((tx) => forgetGuesses(tx, key("account", factor, realm, oneSpelling(login)), unblock));
    },
  };
}
