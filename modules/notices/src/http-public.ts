import { publicStatusSchema, subscribeSchema } from "@casaforte/contract/notices";
import { Failure } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { AskBrake } from "./ask-brake.ts";
import { maintenanceCalendar } from "./calendar-feed.ts";
import { ownMaintenance } from "./calendars.ts";
import { noticeLimits } from "./limits.ts";
import { openLink } from "./links.ts";
import { askToSubscribe, followLink } from "./people.ts";
import type { NoticeServices } from "./services.ts";
import { StatusBoard } from "./status.ts";
import { statusAtom, statusJson } from "./status-feed.ts";
import { linkPage, pageScript, pageStyle, statusPage } from "./status-page.ts";
import type { Language } from "./types.ts";

const languageQuery = z.object({ lang: z.enum(["it", "en"]).optional() });

const languageOf = (query: { lang?: Language | undefined }, header: string | undefined): Language =>
  query.lang ?? (/^\s*en\b/i.test(header ?? "") ? "en" : "it");

const mayBeKept = (reply: FastifyReply): FastifyReply =>
  reply
    .header("cache-control", `public, max-age=${noticeLimits.statusMaxAgeSeconds}`)
    .header("vary", "accept-language");

/** The status page: no session, no cookie, nothing of any customer; cacheable, and it works while the database is away (R29). */
export function registerStatusPage(app: Face, services: NoticeServices): void {
  const board = new StatusBoard(services);
  const html = "text/html; charset=utf-8";

  app.get("/status", { schema: { querystring: languageQuery } }, async (request, reply) => {
    const language = languageOf(request.query, request.headers["accept-language"]);
    return mayBeKept(reply)
      .type(html)
      .send(statusPage(await board.read(), language, services));
  });
  app.get("/status/page.css", async (_request, reply) =>
    mayBeKept(reply).type("text/css; charset=utf-8").send(pageStyle),
  );
  app.get("/status/page.js", async (_request, reply) =>
    mayBeKept(reply).type("text/javascript; charset=utf-8").send(pageScript),
  );
  const known = async () => {
    const { status, isFresh } = await board.read();
    if (status === null) throw new Failure("unavailable", "notices.unknown", "the status cannot be read at the moment");
    return { status, isFresh };
  };
  app.get("/status.json", { schema: { response: { 200: publicStatusSchema } } }, async (_request, reply) => {
    const { status, isFresh } = await known();
    return mayBeKept(reply).send(statusJson(status, isFresh));
  });
  app.get("/status.atom", { schema: { querystring: languageQuery } }, async (request, reply) => {
    const language = languageOf(request.query, request.headers["accept-language"]);
    const feed = statusAtom((await known()).status, language, services);
    return mayBeKept(reply).type("application/atom+xml; charset=utf-8").send(feed);
  });

  const calendar = "text/calendar; charset=utf-8";
  app.get("/status.ics", { schema: { querystring: languageQuery } }, async (request, reply) => {
    const language = languageOf(request.query, request.headers["accept-language"]);
    const { notices } = (await known()).status;
    const planned = notices.filter(({ kind }) => kind === "maintenance");
    return mayBeKept(reply)
      .type(calendar)
      .send(maintenanceCalendar(planned, language, services));
  });
  const file = z.strictObject({ file: z.string().max(200) });
  app.get("/calendar/:file", { schema: { params: file, querystring: languageQuery } }, async (request, reply) => {
    reply.header("cache-control", "no-store");
    const language = languageOf(request.query, request.headers["accept-language"]);
    const own = await ownMaintenance(services, request.params.file.replace(/\.ics$/, ""));
    return reply.type(calendar).send(maintenanceCalendar(own, language, services));
  });

  const brake = new AskBrake();
  app.post(
    "/api/status/subscriptions",
    { schema: { body: subscribeSchema, response: { 202: z.null() } } },
    async (request, reply) => {
      if (!brake.take(request.ip, services.clock.nowMs()))
        throw new Failure("rate_limited", "notices.too_many_asks", "too many asked from this network; try in an hour");
      const { address, language, part } = request.body;
      const site = services.sites.find(({ id }) => id === part?.siteId);
      if (part && part.siteId !== null && site === undefined)
        throw new Failure("invalid", "placement.site_unknown", "there is no such site");
      await askToSubscribe(services, {
        address: address.toLowerCase(),
        language,
        ...(part ? { part: { service: part.service, siteId: site?.id ?? null } } : {}),
      });
      return reply.status(202).send(null);
    },
  );

  const params = z.strictObject({ token: z.string().max(200) });
  app.get("/status/link/:token", { schema: { params, querystring: languageQuery } }, async (request, reply) => {
    const language = languageOf(request.query, request.headers["accept-language"]);
    const { kind, part } = openLink(services, request.params.token) ?? { kind: "gone" as const, part: null };
    return reply
      .header("cache-control", "no-store")
      .type(html)
      .send(linkPage({ kind, part }, language, services));
  });
  // Mail programs post a form of their own there (RFC 8058 §3.2); what it says does not matter.
  void app.register(async (scope) => {
    scope.addContentTypeParser("*", { parseAs: "string", bodyLimit: 1_000 }, (_request, _body, done) => done(null, {}));
    scope.post("/status/link/:token", async (request, reply) => {
      void reply.header("cache-control", "no-store");
      const { token } = params.parse(request.params);
      await followLink(services, token);
      return reply.status(204).send();
    });
  });
}
