import type { LogFields, Logger } from "@casaforte/kernel";

export interface LoggedEvent {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: LogFields;
  readonly error?: unknown;
}

/** Keeps every event, so that a test can claim what was logged and what was not. */
export class MemoryLogger implements Logger {
  readonly events: LoggedEvent[];
  readonly #base: LogFields;

  constructor(events: LoggedEvent[] = [], base: LogFields = {}) {
    this.events = events;
    this.#base = base;
  }

  debug(event: string, fields: LogFields = {}): void {
    this.events.push({ level: "debug", event, fields: { ...this.#base, ...fields } });
  }
  info(event: string, fields: LogFields = {}): void {
    this.events.push({ level: "info", event, fields: { ...this.#base, ...fields } });
  }
  warn(event: string, fields: LogFields = {}): void {
    this.events.push({ level: "warn", event, fields: { ...this.#base, ...fields } });
  }
  error(event: string, error: unknown, fields: LogFields = {}): void {
    this.events.push({ level: "error", event, error, fields: { ...this.#base, ...fields } });
  }
  with(fields: LogFields): Logger {
    return new MemoryLogger(this.events, { ...this.#base, ...fields });
  }
}
