import type { z } from "zod";
import { type ApiOptions, callApi } from "../http.ts";

export interface CheckedOptions<Reply> extends ApiOptions {
  readonly reply: z.ZodType<Reply>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
}

/** A call whose answer is checked against the contract: a server of another version shows as an error, not as nonsense. */
export async function callChecked<Reply>(
  path: string,
  { reply, query, ...options }: CheckedOptions<Reply>,
): Promise<Reply> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== "") search.set(name, String(value));
  const text = search.toString();
  return reply.parse(await callApi<unknown>(text === "" ? path : `${path}?${text}`, options));
}
