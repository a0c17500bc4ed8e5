import { answeredCharsMax, openedBytesMax } from "./limits.ts";
import { JmapError } from "./method-error.ts";
import { weighJson } from "./weigh-json.ts";

/**
 * What one request may still open and answer, all its calls together: the answers of all wait in memory until the last, and are then
 * written as one text.
 */
export class RequestBudget {
  #openedLeft = openedBytesMax;
  #answeredLeft = answeredCharsMax;

  /** Before a message of this size is opened. @throws JmapError `requestTooLarge`. */
  open(bytes: number): void {
    this.#openedLeft -= bytes;
    if (this.#openedLeft < 0) throw new JmapError("requestTooLarge", "fewer emails at once");
  }

  /** Gives the value back. @throws JmapError `requestTooLarge`. */
  answer<T>(value: T): T {
    weighJson(value, (chars) => {
      this.#answeredLeft -= chars;
      if (this.#answeredLeft < 0) throw new JmapError("requestTooLarge", "fewer emails at once, or less of each");
    });
    return value;
  }
}
