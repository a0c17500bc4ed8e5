import { equalBytes } from "@casaforte/kernel";
import type { SealCrypto } from "@casaforte/vbk/seal";

interface Stretched {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly rounds: number;
  readonly derived: Uint8Array;
}

/**
 * Remembers the last stretching until it is disposed of: what has just been sealed under a password is opened again
 * without another 0.2 s. Everything else is computed anew.
 */
export function stretchOnce(crypto: SealCrypto): SealCrypto & Disposable {
  let last: Stretched | null = null;
  const forget = () => {
    last?.password.fill(0);
    last?.derived.fill(0);
    last = null;
  };
  return {
    ...crypto,
    async pbkdf2Sha256(password, salt, rounds, length) {
      const isKnown =
        last !== null &&
        last.rounds === rounds &&
        last.derived.length === length &&
        equalBytes(last.password, password) &&
        equalBytes(last.salt, salt);
      if (last !== null && isKnown) return last.derived.slice();
      const derived = await crypto.pbkdf2Sha256(password, salt, rounds, length);
      forget();
      last = { password: password.slice(), salt: salt.slice(), rounds, derived: derived.slice() };
      return derived;
    },
    [Symbol.dispose]: forget,
  };
}
