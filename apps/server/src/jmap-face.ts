import { guardJmap, jmapBackend, registerJmapRoutes } from "@casaforte/modules/mailbox";
import type { Face } from "@casaforte/platform/http";
import { openFace } from "./open-face.ts";
import type { Services } from "./services.ts";
import { jmapServices } from "./webmail-jmap.ts";

/** JMAP for other programs than webmail (RFC 8620): with an app password, at an address of its own. No pushes to closed programs. */
export function jmapFace(services: Services, origin: string): Face {
  const app = openFace("jmap", services, "api");
  const jmap = jmapServices(services);
  const guestOf = guardJmap(app, services.mailbox, services.identity.verifyMailLogin);
  registerJmapRoutes(app, {
    clock: services.core.clock,
    logger: services.core.logger,
    origin,
    backendFor: (request) => jmapBackend(jmap, guestOf(request).actor, null, "jmap"),
    endOf: (request) => guestOf(request).ended,
  });
  return app;
}
