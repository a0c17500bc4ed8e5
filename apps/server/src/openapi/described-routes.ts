import type { Face } from "@casaforte/platform/http";
import { z } from "zod";

/** A route as its module registered it. */
export interface DescribedRoute {
  readonly method: string;
  /** `/api/spaces/:id` */
  readonly url: string;
  readonly params: z.ZodType | null;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  /** By status. */
  readonly replies: Readonly<Record<string, z.ZodType>>;
}

const zodOf = (value: unknown): z.ZodType | null => (value instanceof z.ZodType ? value : null);

/** Notes every route that is registered from here on; the list is whole once the face is ready. */
export function noteRoutes(app: Face): readonly DescribedRoute[] {
  const noted: DescribedRoute[] = [];
  app.addHook("onRoute", ({ method, url, schema }) => {
    for (const one of [method].flat()) {
      if (one === "HEAD" || one === "OPTIONS" || !url.startsWith("/api/")) continue;
      const replies = Object.entries((schema?.response ?? {}) as Record<string, unknown>).flatMap(([status, reply]) => {
        const type = zodOf(reply);
        return type === null ? [] : [[status, type] as const];
      });
      noted.push({
        method: one,
        url,
        params: zodOf(schema?.params),
        query: zodOf(schema?.querystring),
        body: zodOf(schema?.body),
        replies: Object.fromEntries(replies),
      });
    }
  });
  return noted;
}
