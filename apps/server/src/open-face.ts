import { createFace, type Face, replaceCertificate } from "@casaforte/platform/http";
import { ownNameOf } from "./own-names.ts";
import type { Services } from "./services.ts";

export type FaceName = "console" | "operator" | "webmail" | "vault" | "jmap";

/** A part of 8 MiB over a line of 30 kB/s takes 280 s; twice that, and a little. */
const vaultRequestTimeoutMs = 600_000;

/** One listener, with its certificate and guards. */
export function openFace(name: FaceName, services: Services, policy: "console" | "webmail" | "api"): Face {
  const { config, clock, random, logger, certificates } = services.core;
  const certificate = certificates.of(config.http[name]?.tls, ownNameOf(config, name));
  const app = createFace({
    name,
    clock,
    random,
    logger,
    trustedProxies: config.trustedProxies,
    contentSecurityPolicy: policy,
    ...(certificate ? { tls: certificate.main, contextFor: certificate.contextFor } : {}),
    // Programs in a browser come to it from their own sites; it lets in by HTTP Basic in each request and looks at no cookie.
    isOpenToOtherSites: name === "jmap",
    ...(name === "vault" ? { requestTimeoutMs: vaultRequestTimeoutMs } : {}),
  });
  certificate?.onReplace((main) => replaceCertificate(app, main));
  return app;
}
