import { Failure, type PrincipalId, parseId } from "@casaforte/kernel";
import { listSenderAddresses } from "@casaforte/modules/domains";
import { type Authenticator, hasSession, identityLimits } from "@casaforte/modules/identity";
import {
  type JmapServices,
  jmapBackend,
  openedDoor,
  type PushServices,
  registerJmapRoutes,
  registerOwnRecoverRoutes,
  registerOwnShareRoutes,
  vapidKey,
} from "@casaforte/modules/mailbox";
import { listOutcomes, type OutgoingId, submitMessage } from "@casaforte/modules/mailflow";
import { registerSieveRoutes, vacationStore } from "@casaforte/modules/sieve";
import { registerTakeoutRoutes } from "@casaforte/modules/transfers";
import type { Face } from "@casaforte/platform/http";
import { postPublic } from "@casaforte/platform/net";
import type { FastifyRequest } from "fastify";
import { fetchPublicImage } from "./fetch-public-image.ts";
import type { Services } from "./services.ts";

/** By what push services know this installation: the same for as long as its master key is (RFC 9749). */
const pushKeyOf = ({ core }: Services) =>
  vapidKey(core.secret("web push"), `mailto:${core.config.provider.supportAddress}`);

/** How changes are pushed to closed clients: by https to the open web, while the sign-in stands. */
export function pushServices(services: Services): PushServices {
  const { db, clock, random } = services.core;
  return {
    ...{ db, clock, random },
    key: pushKeyOf(services),
    post: postPublic,
    isSignedIn: (tx, accountId, sessionId) =>
      hasSession(
        tx,
        { principalId: parseId<PrincipalId>(accountId), sessionId },
        new Date(clock.nowMs()),
        identityLimits.sessionIdleMs.mail,
      ),
  };
}

/** JMAP's services: the mail store, and the mail flow behind its submissions. In realm `mail` principal and account are one. */
export function jmapServices(services: Services): JmapServices {
  return {
    ...services.mailbox,
    jobs: services.core.jobs,
    pushKey: pushKeyOf(services),
    senderAddresses: async (tx, accountId) =>
      (await listSenderAddresses(tx, accountId)).map(({ address, right }) => ({
        address,
        isOnBehalf: right === "on_behalf",
      })),
    outcomes: (tx, ids) =>
      listOutcomes(
        tx,
        ids.map((id) => parseId<OutgoingId>(id)),
      ),
    vacations: vacationStore(services.mailbox),
    async submit({ id, tenantId, mailAccountId, sender, recipients, message }) {
      const user = { tenantId, mailAccountId, principalId: parseId<PrincipalId>(mailAccountId) };
      await submitMessage(services.mailflow, {
        id: parseId<OutgoingId>(id),
        user,
        sender,
        recipients,
        message,
        isOverSmtp: false,
      });
    },
  };
}

/** Webmail's API: JMAP for the mail account that is signed in. */
export function registerWebmailJmap(app: Face, services: Services, who: Authenticator): void {
  const jmap = jmapServices(services);
  const owner = async (request: FastifyRequest) => {
    const actor = await who.authenticate(request);
    if (actor.kind !== "mail_account") throw new Failure("forbidden", "mailbox.not_yours", "sign in to webmail");
    return actor;
  };
  // What is no JMAP lies behind the same door.
  const visitor = async (request: unknown) => {
    const actor = await owner(request as FastifyRequest);
    await openedDoor(services.core.db, actor, "webmail");
    return actor;
  };
  registerJmapRoutes(app, {
    clock: services.core.clock,
    logger: services.core.logger,
    fetchImage: fetchPublicImage,
    backendFor: async (request) => jmapBackend(jmap, await owner(request), (await who.session(request)).sessionId),
  });
  registerOwnRecoverRoutes(app, services.mailbox, visitor);
  registerOwnShareRoutes(app, services.mailbox, {
    owner: visitor,
    assertFresh: (request) => who.assertFresh(request as FastifyRequest),
    assertStands: async (tx, request) =>
      services.identity.assertSessionStands(tx, await who.session(request as FastifyRequest)),
  });
  registerTakeoutRoutes(app, {
    ...services.mailbox,
    jobs: services.core.jobs,
    owner: visitor,
  });
  registerSieveRoutes(app, { ...services.mailbox, owner: visitor });
}
