import type { ProcessorServices } from "@casaforte/modules/processors";
import { noticeRoad } from "./notice-road.ts";
import type { Services } from "./services.ts";

/** The register of sub-processors on the ports of everything else (R82). */
export function processorDesk(services: Services): ProcessorServices {
  const { db, clock, random, logger, jobs, config } = services.core;
  const road = noticeRoad(services, "legal");
  return {
    ...{ db, clock, random, jobs },
    logger: logger.with({ component: "processors" }),
    providerName: config.provider.name,
    consoleUrl: services.notices.consoleUrl,
    administrators: road.administrators,
    send: road.send,
  };
}
