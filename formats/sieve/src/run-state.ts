import type { Call, SieveProgram } from "./check.ts";
import type { SieveEnvironment } from "./environment.ts";
import { sieveLimits } from "./limits.ts";
import type { SieveMessage } from "./message.ts";
import type { SieveAction } from "./outcome.ts";
import { decodeEncodedCharacters, Variables } from "./variables.ts";
import { RunFailure, Work } from "./work.ts";

/** One run of a script over one message. */
export class Run {
  readonly message: SieveMessage;
  readonly environment: SieveEnvironment;
  readonly variables = new Variables();
  readonly work = new Work();
  readonly #capabilities: SieveProgram["capabilities"];
  readonly actions: SieveAction[] = [];
  /** RFC 5232's internal variable. */
  flags: readonly string[] = [];
  keepsImplicitly = true;

  constructor(program: SieveProgram, message: SieveMessage, environment: SieveEnvironment) {
    this.#capabilities = program.capabilities;
    this.message = message;
    this.environment = environment;
  }

  /** A string with its encoded characters and variables filled in. */
  text(written: string): string {
    const decoded = this.#capabilities.has("encoded-character") ? decodeEncodedCharacters(written) : written;
    return this.#capabilities.has("variables") ? this.variables.expand(decoded) : decoded;
  }

  /** The strings of the call's positional argument at that place. */
  strings(call: Call, at: number): readonly string[] {
    const argument = call.positional[at];
    return argument?.kind === "strings" ? argument.values.map((value) => this.text(value)) : [];
  }

  /** @throws RunFailure when there are too many, or two that cannot be together. */
  act(action: SieveAction): void {
    if (this.actions.length >= sieveLimits.actionsMax) throw new RunFailure("the script asks for too many actions");
    const isRefused = this.actions.some(({ kind }) => kind === "reject");
    // RFC 5429 §2.1, RFC 5230 §4.7: who refuses a message does nothing else with it.
    if (isRefused || (action.kind === "reject" && this.actions.length > 0))
      throw new RunFailure("reject does not go with other actions");
    if (action.kind === "vacation" && this.actions.some(({ kind }) => kind === "vacation"))
      throw new RunFailure("vacation is asked for twice");
    if (action.kind === "redirect") {
      const redirects = this.actions.filter(({ kind }) => kind === "redirect");
      if (redirects.some((known) => known.kind === "redirect" && known.address === action.address)) return;
      if (redirects.length >= sieveLimits.redirectsMax) throw new RunFailure("the script redirects too often");
    }
    if (action.kind === "file") {
      const at = this.actions.findIndex((known) => known.kind === "file" && known.mailbox === action.mailbox);
      const known = this.actions[at];
      if (known?.kind === "file") {
        this.actions[at] = { ...known, flags: [...new Set([...known.flags, ...action.flags])] };
        return;
      }
    }
    this.actions.push(action);
  }
}
