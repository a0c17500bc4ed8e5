/** Asks again every `everyMs` until the answer is true. @throws Error naming what did not come. */
export async function until(
  what: string,
  ask: () => Promise<boolean>,
  { withinMs = 30_000, everyMs = 25 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
