import type { Authenticator } from "@casaforte/modules/identity";
import type { Face } from "@casaforte/platform/http";
import { version } from "../version.ts";
import { describeApi } from "./describe-api.ts";
import type { DescribedRoute } from "./described-routes.ts";

/** `GET /openapi.json`, for those who are signed in, by a token or by hand. */
export function registerOpenApi(app: Face, who: Authenticator, routes: readonly DescribedRoute[]): void {
  let text: string | null = null;
  app.get("/openapi.json", async (request, reply) => {
    await who.authenticate(request);
    text ??= `${JSON.stringify(describeApi(routes, version))}\n`;
    return reply.header("cache-control", "no-store").type("application/json; charset=utf-8").send(text);
  });
}
