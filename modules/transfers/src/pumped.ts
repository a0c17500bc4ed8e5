import type { Bytes } from "@casaforte/kernel";

const batchBytes = 64 * 1024;

/**
 * What `work` writes, as an iteration: it goes on only as fast as the pieces are taken. Small pieces are joined. Who stops
 * taking ends the work at its next write.
 */
export async function* pumped(work: (write: (bytes: Bytes) => Promise<void>) => Promise<void>): AsyncGenerator<Bytes> {
  let given = Promise.withResolvers<Bytes | null>();
  let taken = Promise.withResolvers<void>();
  let joined: Bytes[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (size === 0) return;
    const piece = Buffer.concat(joined);
    joined = [];
    size = 0;
    given.resolve(piece);
    await taken.promise;
  };
  const working = work(async (bytes) => {
    joined.push(bytes.slice());
    size += bytes.length;
    if (size >= batchBytes) await flush();
  })
    .then(flush)
    .then(
      () => given.resolve(null),
      (error) => given.reject(error),
    );
  try {
    for (;;) {
      const piece = await given.promise;
      if (piece === null) return;
      given = Promise.withResolvers();
      yield piece;
      const before = taken;
      taken = Promise.withResolvers();
      before.resolve();
    }
  } finally {
    // Nobody waits for either any more: unheard, what `work` fails with would end the process.
    taken.promise.catch(() => {});
    given.promise.catch(() => {});
    taken.reject(new Error("nobody takes it any more"));
    await working;
  }
}
