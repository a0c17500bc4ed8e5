/** What `work` gives, unless the signal aborts first: then its reason, at once. What was begun goes on, and nobody hears of it. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    if (signal.aborted) stop();
  });
}

/** The items as they come, until the signal aborts: then its reason, however long the next one is waited for. */
export async function* untilAborted<T>(items: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    for (;;) {
      const item = await unlessAborted(items.next(), signal);
      if (item.done) return;
      yield item.value;
    }
  } finally {
    // It ends after what it waits for, and nobody waits for that.
    items.return(undefined).catch(() => undefined);
  }
}
