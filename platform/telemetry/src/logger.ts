import { Failure, type LogFields, type Logger } from "@casaforte/kernel";
import { type DestinationStream, destination, type Logger as Pino, pino } from "pino";

export interface LoggerOptions {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** A file path; standard error without. */
  readonly file?: string;
}

const plain = (fields: LogFields): Record<string, unknown> => {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) result[name] = typeof value === "bigint" ? value.toString() : value;
  return result;
};

/** An error for the log: name, code, message, stack and causes; never the enumerable properties of a driver's error. */
function describe(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = error instanceof Failure ? error.code : (error as { code?: unknown }).code;
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    stack: error.stack,
    ...(error.cause !== undefined && depth < 4 ? { cause: describe(error.cause, depth + 1) } : {}),
  };
}

/** Opened by the first line that it writes: one is made for each session, and most say nothing. */
class LineLogger implements Logger {
  readonly #open: () => Pino;
  #opened: Pino | null = null;

  constructor(open: () => Pino) {
    this.#open = open;
  }

  get #log(): Pino {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  debug(event: string, fields: LogFields = {}): void {
    this.#log.debug(plain(fields), event);
  }

  info(event: string, fields: LogFields = {}): void {
    this.#log.info(plain(fields), event);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#log.warn(plain(fields), event);
  }

  error(event: string, error: unknown, fields: LogFields = {}): void {
    this.#log.error({ ...plain(fields), error: describe(error) }, event);
  }

  with(fields: LogFields): Logger {
    return new LineLogger(() => this.#log.child(plain(fields)));
  }
}

/** JSON lines with UTC times (ISO 8601) and `event` as message. */
export function openLogger(options: LoggerOptions, stream?: DestinationStream): Logger {
  const target =
    stream ??
    (options.file
      ? destination({ dest: options.file, mkdir: true, sync: true })
      : destination({ dest: 2, sync: true }));
  const log = pino(
    {
      level: options.level,
      base: null,
      messageKey: "event",
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    target,
  );
  return new LineLogger(() => log);
}
