import { Failure, type Logger } from "@casaforte/kernel";

/** `bug`: something that no code expected; sysexits.h calls it EX_SOFTWARE. A supervisor starts the program again. */
export const exitCodes = { stopped: 0, refused: 1, bug: 70 } as const;

/** After this long a stop that does not end is cut; longer than every grace period beneath added up. */
const stopMsMax = 45_000;

/**
 * Ends the program in order: once asked (signal, or the starter that went away), `stop` runs; asked again later, it is
 * cut. A bug that no request owns (an exception nobody caught) is logged in full and ends the program the same way with
 * code 70: state that nobody understands must not go on serving. Trouble of the outside world (a Failure) that merely
 * escaped its promise is logged and does no harm. SIGHUP without a terminal asks `reload`, where there is one.
 */
export function untilAsked(
  stop: () => Promise<void>,
  logger: Logger,
  reload?: () => Promise<unknown>,
): Promise<number> {
  return new Promise((resolve) => {
    let askedAtMs = 0;
    let code: number = exitCodes.stopped;
    const ask = (reason: string) => {
      if (askedAtMs > 0) {
        // A terminal's Ctrl-C reaches every process of the group and is passed on besides: the echo is not a second wish.
        if (Date.now() - askedAtMs > 2_000) process.exit(1);
        return;
      }
      askedAtMs = Date.now();
      process.stdout.write(`\nStopping (${reason})…\n`);
      setTimeout(() => process.exit(code || exitCodes.refused), stopMsMax).unref();
      stop().then(
        () => {
          process.stdout.write("Stopped.\n");
          resolve(code);
        },
        (error: unknown) => {
          logger.error("process.stop_failed", error);
          process.stderr.write(`Could not stop cleanly: ${error instanceof Error ? error.message : String(error)}\n`);
          resolve(code || exitCodes.refused);
        },
      );
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ask(signal));
    // The end of a terminal is the end of what was started in it; a service is asked to read its files again.
    process.on("SIGHUP", () => {
      if (reload === undefined || process.stdout.isTTY) return ask("SIGHUP");
      reload().catch((error: unknown) => logger.error("process.reload_failed", error));
    });
    if (process.send) process.on("disconnect", () => ask("its starter ended"));

    const bug = (event: string, error: unknown) => {
      logger.error(event, error);
      code = exitCodes.bug;
      // Stopping is not asked twice here: bugs come in showers.
      if (askedAtMs === 0) ask("a bug; see the log");
    };
    process.on("uncaughtException", (error) => bug("process.uncaught_exception", error));
    process.on("unhandledRejection", (reason) => {
      if (reason instanceof Failure && reason.kind !== "corrupt") logger.error("process.unhandled_failure", reason);
      else bug("process.unhandled_rejection", reason);
    });
  });
}
