import { type Actor, Failure } from "@casaforte/kernel";
import { bearerToken } from "./api-token-secret.ts";
import type { ApiTokenReach } from "./api-tokens.ts";
import type { Identity } from "./create-identity.ts";
import { type HttpRequest, readCookie } from "./http-cookies.ts";
import type { ResolvedApiToken } from "./resolve-api-token.ts";
import { assertUnrestricted } from "./sessions.ts";
import { createTokenPace } from "./token-pace.ts";
import type { Realm, Session, TokenRealm } from "./types.ts";

/** Who sends a request, for every HTTP edge of a face. The session is resolved once a request. */
export interface Authenticator {
  /** The live session, also one that may only enrol. @throws unauthenticated `identity.not_signed_in`. */
  session(request: HttpRequest): Promise<Session>;
  /** The person behind it. @throws unauthenticated `identity.not_signed_in`, forbidden `identity.two_factor_required`. */
  authenticate(request: HttpRequest): Promise<Actor>;
  /** Ends the session on the server. */
  signOut(request: HttpRequest): Promise<void>;
  /** @throws also forbidden `identity.reauthentication_required` when the last proof is older than five minutes. */
  assertFresh(request: HttpRequest): Promise<void>;
}

/** Which requests a token may make; a face without it takes none. */
export interface ApiTokenGate {
  /** `GET /api/spaces/:id`: what the request asks for, for the log. */
  routeOf(request: HttpRequest): string;
  /** @throws forbidden `identity.token_scope`, `identity.token_object` unless the token reaches what is asked. */
  assertReaches(session: Session, reach: ApiTokenReach, request: HttpRequest): Promise<void>;
}

/** Operators whom a customer let into its console, beside the people who sign in to it (R90). */
export interface ActingGate {
  /** How the secret of such a session begins. */
  readonly secretPrefix: string;
  /** Null when the grant is over. @throws forbidden for what a grant never reaches. */
  resolve(request: HttpRequest, secret: string): Promise<Session | null>;
  leave(session: Session): Promise<void>;
  /** Ends the session of this secret, wherever the request goes; nothing happens when it is over. */
  end(request: HttpRequest, secret: string): Promise<void>;
}

const notSignedIn = () => new Failure("unauthenticated", "identity.not_signed_in", "sign in first");

/** Ends on the server what this browser was before it became another session, `next` (session fixation, R77). */
export async function endFormerSession(
  identity: Identity,
  realm: Realm,
  acting: ActingGate | null,
  request: HttpRequest,
  next: string | null,
): Promise<void> {
  const secret = readCookie(request, realm, "session");
  if (secret === null) return;
  if (acting !== null && secret.startsWith(acting.secretPrefix)) return acting.end(request, secret);
  const before = await identity.resolveSession(realm, secret, request.ip);
  if (before !== null && before.sessionId !== next) await identity.signOut(before);
}

/** @see Authenticator */
export function createAuthenticator(
  identity: Identity,
  realm: Realm,
  gate: ApiTokenGate | null = null,
  acting: ActingGate | null = null,
): Authenticator {
  const resolved = new WeakMap<HttpRequest, Promise<Session>>();
  const tokens = new WeakMap<Session, ResolvedApiToken>();
  const pace = createTokenPace(identity.context.clock);

  async function byToken(
    request: HttpRequest,
    text: string,
    { assertReaches, routeOf }: ApiTokenGate,
    of: TokenRealm,
  ): Promise<Session> {
    const token = await identity.resolveApiToken(of, text, request.ip);
    pace.take(token.found.tokenId);
    try {
      await assertReaches(token.session, token.found, request);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== "forbidden") throw error;
      throw await identity.refuseApiToken(token, error, routeOf(request));
    }
    tokens.set(token.session, token);
    return token.session;
  }
  async function resolve(request: HttpRequest): Promise<Session> {
    // A browser never sends this header by itself, so a token needs no guard against other sites' pages; and a cookie
    // beside it adds nothing.
    const text = gate === null ? null : bearerToken(request.headers.authorization);
    if (gate !== null && text !== null && realm !== "mail") return byToken(request, text, gate, realm);
    const secret = readCookie(request, realm, "session");
    const session =
      acting !== null && secret?.startsWith(acting.secretPrefix)
        ? await acting.resolve(request, secret)
        : await identity.resolveSession(realm, secret, request.ip);
    if (session === null) throw notSignedIn();
    return session;
  }
  async function session(request: HttpRequest): Promise<Session> {
    let found = resolved.get(request);
    if (found === undefined) {
      found = resolve(request);
      resolved.set(request, found);
    }
    return found;
  }
  return {
    session,
    async authenticate(request) {
      const live = await session(request);
      assertUnrestricted(live);
      return live.actor;
    },
    async signOut(request) {
      const live = await session(request);
      if (acting !== null && live.acting !== undefined) await acting.leave(live);
      else await identity.signOut(live);
    },
    async assertFresh(request) {
      const live = await session(request);
      assertUnrestricted(live);
      if (live.acting !== undefined)
        throw new Failure("forbidden", "grants.needs_customer", "only the customer's own people may do this");
      const token = tokens.get(live);
      if (token !== undefined)
        throw await identity.refuseApiToken(
          token,
          new Failure("forbidden", "identity.token_needs_person", "a person must confirm this in the console"),
          gate?.routeOf(request) ?? "",
        );
      identity.assertFresh(live);
    },
  };
}
