/** Ends the program in order: once asked (signal, or the starter that went away), `stop` runs; asked again later, it is cut. */
export function untilAsked(stop: () => Promise<void>): Promise<number> {
  return new Promise((resolve) => {
    let askedAtMs = 0;
    const ask = (reason: string) => {
      if (askedAtMs > 0) {
        // A terminal's Ctrl-C reaches every process of the group and is passed on besides: the echo is not a second wish.
        if (Date.now() - askedAtMs > 2_000) process.exit(1);
        return;
      }
      askedAtMs = Date.now();
      process.stdout.write(`\nStopping (${reason})…\n`);
      stop().then(
        () => {
          process.stdout.write("Stopped.\n");
          resolve(0);
        },
        (error: unknown) => {
          process.stderr.write(`Could not stop cleanly: ${error instanceof Error ? error.message : String(error)}\n`);
          resolve(1);
        },
      );
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ask(signal));
    if (process.send) process.on("disconnect", () => ask("its starter ended"));
  });
}
