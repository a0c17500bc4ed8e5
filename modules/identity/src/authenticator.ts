import { type Actor, Failure } from "@casaforte/kernel";
import type { Identity } from "./create-identity.ts";
import { type HttpRequest, readCookie } from "./http-cookies.ts";
import { assertUnrestricted } from "./sessions.ts";
import type { Realm, Session } from "./types.ts";

/** Who sends a request, for every HTTP edge of a face. The session is resolved once a request. */
export interface Authenticator {
  /** The live session, also one that may only enrol. @throws unauthenticated `identity.not_signed_in`. */
  session(request: HttpRequest): Promise<Session>;
  /** The person behind it. @throws unauthenticated `identity.not_signed_in`, forbidden `identity.two_factor_required`. */
  authenticate(request: HttpRequest): Promise<Actor>;
  /** @throws also forbidden `identity.reauthentication_required` when the last proof is older than five minutes. */
  assertFresh(request: HttpRequest): Promise<void>;
}

/** @see Authenticator */
export function createAuthenticator(identity: Identity, realm: Realm): Authenticator {
  const resolved = new WeakMap<HttpRequest, Promise<Session | null>>();
  async function session(request: HttpRequest): Promise<Session> {
    let found = resolved.get(request);
    if (found === undefined) {
      found = identity.resolveSession(realm, readCookie(request, realm, "session"), request.ip);
      resolved.set(request, found);
    }
    const live = await found;
    if (live === null) throw new Failure("unauthenticated", "identity.not_signed_in", "sign in first");
    return live;
  }
  return {
    session,
    async authenticate(request) {
      const live = await session(request);
      assertUnrestricted(live);
      return live.actor;
    },
    async assertFresh(request) {
      const live = await session(request);
      assertUnrestricted(live);
      identity.assertFresh(live);
    },
  };
}
