import type { Logger } from "@casaforte/kernel";
import { isFields } from "./arguments.ts";
import type { Backend } from "./backend.ts";
import { jmapLimits } from "./limits.ts";
import { type Answer, type Call, errorTold } from "./method.ts";
import { JmapError } from "./method-error.ts";
import { capabilityOf } from "./methods/capability-of.ts";
import { methods } from "./methods/index.ts";
import { type Invocation, ReferenceBudget, resolveReferences } from "./references.ts";
import { RequestBudget } from "./request-budget.ts";
import { capabilities, sessionState } from "./session.ts";

/** A request-level refusal (RFC 8620 §3.6.1), to be sent as application/problem+json with this status. */
export interface RequestProblem {
  readonly type: string;
  readonly status: 400;
  readonly detail: string;
  readonly limit?: string;
}

export type ApiReply =
  | { readonly ok: true; readonly response: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: RequestProblem };

interface ApiRequest {
  readonly using: readonly string[];
  readonly methodCalls: readonly Invocation[];
  readonly createdIds: Readonly<Record<string, string>> | null;
}

const known: readonly string[] = Object.values(capabilities);

const problem = (type: string, detail: string, limit?: string): ApiReply => ({
  ok: false,
  problem: {
    type: `urn:ietf:params:jmap:error:${type}`,
    status: 400,
    detail,
    ...(limit === undefined ? {} : { limit }),
  },
});

/**
 * Processes one request (RFC 8620 §3.3) already parsed from JSON: calls run one after another, expected trouble ends one
 * call only. Rejects for bugs and nothing else. The edge bounds the body by `maxSizeRequest` before parsing.
 */
export async function handleApi(
  request: unknown,
  backend: Backend,
  { nowMs, logger }: { readonly nowMs: number; readonly logger: Logger },
): Promise<ApiReply> {
  const parsed = parseRequest(request);
  if (parsed === null) return problem("notRequest", "the body is not a JMAP request");
  const unknown = parsed.using.find((capability) => !known.includes(capability));
  if (unknown !== undefined) return problem("unknownCapability", `unknown capability ${unknown}`);
  if (parsed.methodCalls.length > jmapLimits.maxCallsInRequest) {
    return problem("limit", `at most ${jmapLimits.maxCallsInRequest} calls`, "maxCallsInRequest");
  }
  const { using } = parsed;
  // Behind the calls nothing may fail that would have their answers lost: what they did is done.
  const accounts = await backend.accounts();
  const createdIds = new Map(Object.entries(parsed.createdIds ?? {}));
  const answers: Invocation[] = [];
  const references = new ReferenceBudget();
  const budget = new RequestBudget();
  for (const [name, args, callId] of parsed.methodCalls) {
    for (const [answerName, answer] of await runCall(
      name,
      args,
      { answers, budget: references },
      {
        backend,
        createdIds,
        nowMs,
        logger,
        using,
        budget,
      },
    )) {
      answers.push([answerName, answer, callId]);
    }
  }
  return {
    ok: true,
    response: {
      methodResponses: answers,
      ...(parsed.createdIds === null ? {} : { createdIds: Object.fromEntries(createdIds) }),
      sessionState: sessionState(backend, accounts),
    },
  };
}

async function runCall(
  name: string,
  args: Readonly<Record<string, unknown>>,
  earlier: { readonly answers: readonly Invocation[]; readonly budget: ReferenceBudget },
  context: Omit<Call, "args">,
): Promise<readonly Answer[]> {
  try {
    const method = methods.get(name);
    if (method === undefined || !context.using.includes(capabilityOf(name)))
      throw new JmapError("unknownMethod", `unknown method ${name}, or its capability is not in "using"`);
    return await method({ ...context, args: resolveReferences(args, earlier.answers, earlier.budget) });
  } catch (error) {
    return [["error", { ...errorTold(context, error, false) }]];
  }
}

function parseRequest(request: unknown): ApiRequest | null {
  if (!isFields(request)) return null;
  const { using, methodCalls, createdIds } = request;
  if (!Array.isArray(using) || !using.every((name): name is string => typeof name === "string")) return null;
  if (!Array.isArray(methodCalls)) return null;
  const calls: Invocation[] = [];
  for (const call of methodCalls as readonly unknown[]) {
    if (!Array.isArray(call) || call.length !== 3) return null;
    const [name, args, callId] = call as readonly unknown[];
    if (typeof name !== "string" || !isFields(args) || typeof callId !== "string") return null;
    calls.push([name, args, callId]);
  }
  if (createdIds === undefined || createdIds === null) return { using, methodCalls: calls, createdIds: null };
  if (!isFields(createdIds)) return null;
  const ids: Record<string, string> = {};
  for (const [creationId, id] of Object.entries(createdIds)) {
    if (typeof id !== "string") return null;
    ids[creationId] = id;
  }
  return { using, methodCalls: calls, createdIds: ids };
}
