import type { Authenticator } from "@casaforte/modules/identity";
import type { Face } from "@casaforte/platform/http";
import { version } from "../version.ts";
import { type DescribedFace, describeApi } from "./describe-api.ts";
import type { DescribedRoute } from "./described-routes.ts";

/** A face's contract at `path`, for those who are signed in, by a token or by hand. */
export function registerOpenApi(
  app: Face,
  who: Authenticator,
  {
    path,
    face,
    routes,
  }: { readonly path: string; readonly face: DescribedFace; readonly routes: readonly DescribedRoute[] },
): void {
  let text: string | null = null;
  app.get(path, async (request, reply) => {
    await who.authenticate(request);
    text ??= `${JSON.stringify(describeApi(face, routes, version))}\n`;
    return reply.header("cache-control", "no-store").type("application/json; charset=utf-8").send(text);
  });
}
