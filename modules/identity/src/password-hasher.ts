import { Failure } from "@casaforte/kernel";
import { hash, parseOptions, verify } from "@node-rs/argon2";
import { identityLimits } from "./limits.ts";

export interface HasherOptions {
  readonly memoryKiB?: number;
  readonly passes?: number;
  readonly atOnce?: number;
  readonly queueMax?: number;
}

/** Argon2id behind a bounded queue: a flood of sign-ins costs waiting, never all threads and memory. */
export interface PasswordHasher {
  /** PHC string. @throws unavailable `identity.busy` when the queue is full. */
  hash(password: string): Promise<string>;
  /** `null` stands for an account that is not there: the same work is done and the answer is false (R73). */
  verify(stored: string | null, password: string): Promise<boolean>;
  /** True when the stored hash is weaker than today's parameters. */
  isOutdated(stored: string): boolean;
}

/** @see PasswordHasher. Passwords are normalised to NFC, so that one typed on another keyboard is the same. */
export function createPasswordHasher(options: HasherOptions = {}): PasswordHasher {
  const parameters = {
    memoryCost: options.memoryKiB ?? identityLimits.argonMemoryKiB,
    timeCost: options.passes ?? identityLimits.argonPasses,
    parallelism: 1,
    outputLen: 32,
  };
  const enter = createGate(
    options.atOnce ?? identityLimits.hashesAtOnce,
    options.queueMax ?? identityLimits.hashQueueMax,
  );
  const compute = (password: string) => hash(password.normalize("NFC"), parameters);
  let dummy: Promise<string> | null = null;
  return {
    hash: (password) => enter(() => compute(password)),
    async verify(stored, password) {
      dummy ??= compute("nobody's password");
      const against = stored ?? (await dummy);
      const matches = await enter(() => verify(against, password.normalize("NFC")));
      return stored !== null && matches;
    },
    isOutdated(stored) {
      const found = parseOptions(stored);
      return found.memoryCost < parameters.memoryCost || found.timeCost < parameters.timeCost;
    },
  };
}

function createGate(atOnce: number, queueMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce) {
      if (waiting.length >= queueMax)
        throw new Failure("unavailable", "identity.busy", "too many sign-ins at once; try again in a moment");
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
