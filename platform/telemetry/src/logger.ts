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

function wrap(log: Pino): Logger {
  return {
    debug: (event, fields = {}) => log.debug(plain(fields), event),
    info: (event, fields = {}) => log.info(plain(fields), event),
    warn: (event, fields = {}) => log.warn(plain(fields), event),
    error: (event, error, fields = {}) => log.error({ ...plain(fields), error: describe(error) }, event),
    with: (fields) => wrap(log.child(plain(fields))),
  };
}

/** JSON lines with UTC times (ISO 8601) and `event` as message. */
export function openLogger(options: LoggerOptions, stream?: DestinationStream): Logger {
  const target =
    stream ??
    (options.file
      ? destination({ dest: options.file, mkdir: true, sync: true })
      : destination({ dest: 2, sync: true }));
  return wrap(
    pino(
      {
        level: options.level,
        base: null,
        messageKey: "event",
        timestamp: () => `,"at":"${new Date().toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
      },
      target,
    ),
  );
}
