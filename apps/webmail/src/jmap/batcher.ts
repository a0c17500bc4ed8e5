import { ApiProblem } from "@casaforte/ui-kit";
import type { Invocation } from "./transport.ts";

type Args = Readonly<Record<string, unknown>>;
/** Calls that belong in one request; `resultOf` of a reference is the index in this list, as text. */
export type CallGroup = readonly (readonly [name: string, args: Args])[];
type Send = (calls: readonly Invocation[]) => Promise<readonly Invocation[]>;

interface Waiting {
  readonly group: CallGroup;
  readonly resolve: (answers: readonly Invocation[]) => void;
  readonly reject: (error: unknown) => void;
}

const callsInRequestMax = 16;

/** A method's own refusal, such as `stateMismatch`. */
export class MethodProblem extends ApiProblem {
  readonly type: string;

  constructor(type: string, description: string, code: string | undefined) {
    super(422, code ?? `jmap.${type}`, description);
    this.type = type;
  }
}

/** Joins all calls made in one turn of the event loop into as few requests as the limits allow. */
export class Batcher {
  readonly #send: Send;
  #waiting: Waiting[] = [];
  #lastId = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Answers of a group, errors included, each call's first answer in order. @throws ApiProblem. */
  group(group: CallGroup): Promise<readonly Invocation[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ group, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#flush());
    });
  }

  /** One call. @throws MethodProblem, ApiProblem. */
  async call<Reply>(name: string, args: Args): Promise<Reply> {
    const [answer] = await this.group([[name, args]]);
    return replyOf<Reply>(answer);
  }

  #flush(): void {
    const all = this.#waiting;
    this.#waiting = [];
    let request: Waiting[] = [];
    let count = 0;
    for (const waiting of all) {
      if (request.length > 0 && count + waiting.group.length > callsInRequestMax) {
        void this.#run(request);
        request = [];
        count = 0;
      }
      request.push(waiting);
      count += waiting.group.length;
    }
    if (request.length > 0) void this.#run(request);
  }

  async #run(request: readonly Waiting[]): Promise<void> {
    const ids = request.map(({ group }) => group.map(() => `c${++this.#lastId}`));
    const calls = request.flatMap(({ group }, index) =>
      group.map(([name, args], call): Invocation => [name, rename(args, ids[index] ?? []), ids[index]?.[call] ?? ""]),
    );
    try {
      const answers = await this.#send(calls);
      request.forEach(({ resolve }, index) => {
        const own = ids[index] ?? [];
        resolve(
          own.flatMap((id) => {
            const answer = answers.find((candidate) => candidate[2] === id);
            return answer === undefined ? [] : [answer];
          }),
        );
      });
    } catch (error) {
      for (const { reject } of request) reject(error);
    }
  }
}

/** References inside a group name calls by index; on the wire by id. */
function rename(args: Args, ids: readonly string[]): Args {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => {
      if (!key.startsWith("#") || typeof value !== "object" || value === null) return [key, value];
      const reference = value as { readonly resultOf: string };
      return [key, { ...reference, resultOf: ids[Number(reference.resultOf)] ?? "" }];
    }),
  );
}

/** The arguments of an answer. @throws MethodProblem when it is an error. */
export function replyOf<Reply>(answer: Invocation | undefined): Reply {
  if (answer === undefined) throw new MethodProblem("serverFail", "no answer", undefined);
  if (answer[0] !== "error") return answer[1] as Reply;
  const { type, description, code } = answer[1] as { type: string; description?: string; code?: string };
  throw new MethodProblem(type, description ?? type, code);
}
