import { type SignInReply, signInReplySchema } from "@casaforte/contract/auth";
import type { AcceptedDocument, DocumentReply } from "@casaforte/contract/catalogue";
import {
  askedSignUpSchema,
  askSignUpSchema,
  finishSignUpSchema,
  proveSignUpSchema,
  signUpProgressSchema,
  signUpReplySchema,
} from "@casaforte/contract/sign-up";
import { type Actor, Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Identity } from "./create-identity.ts";
import { callerOf, clearCookie, type HttpReply, type HttpRequest, readCookie, writeCookie } from "./http-cookies.ts";
import type { SignInResult } from "./sign-in.ts";
import type { SignUpProgress } from "./sign-up.ts";

/** What the composition root knows of sign-ups. */
export interface SignUpRules {
  /** The provider's setting. */
  readonly isOpen: boolean;
  /** What everybody accepts, in both languages. */
  documents(): Promise<readonly DocumentReply[]>;
  /** Before anything is paid for. @throws invalid `catalogue.acceptance_missing` when a document lacks. */
  assertEnough(accepted: readonly AcceptedDocument[]): Promise<void>;
  /** Records it, in the transaction that makes the account. @throws invalid `catalogue.*`. */
  accept(tx: TenantTx, actor: Actor, accepted: readonly AcceptedDocument[]): Promise<void>;
}

const at = (ms: number): string => new Date(ms).toISOString();
const view = ({ resendAtMs, ...progress }: SignUpProgress) => ({ ...progress, resendAt: at(resendAtMs) });

/** A firm makes its own account; the console alone (R73). `tell` sets the cookies of a sign-in. */
export function registerSignUpRoutes(
  app: Face,
  identity: Identity,
  rules: SignUpRules,
  tell: (request: HttpRequest, reply: HttpReply, result: SignInResult) => Promise<SignInReply>,
): void {
  const assertOpen = (): void => {
    if (!rules.isOpen) throw new Failure("forbidden", "identity.sign_up_closed", "accounts are made by the provider");
  };
  const ticketOf = (request: HttpRequest): string => {
    assertOpen();
    const ticket = readCookie(request, "user", "sign_up");
    if (ticket === null) throw new Failure("precondition", "identity.sign_up_expired", "start the sign-up again");
    return ticket;
  };

  app.get("/api/auth/sign-up", { schema: { response: { 200: signUpReplySchema } } }, async (request) => {
    if (!rules.isOpen) return { isOpen: false, documents: [], progress: null };
    const ticket = readCookie(request, "user", "sign_up");
    const progress = ticket === null ? null : await identity.readSignUp(ticket);
    return { isOpen: true, documents: [...(await rules.documents())], progress: progress && view(progress) };
  });
  app.post(
    "/api/auth/sign-up",
    { schema: { body: askSignUpSchema, response: { 202: askedSignUpSchema } } },
    async (request, reply) => {
      assertOpen();
      const former = readCookie(request, "user", "sign_up");
      const asked = await identity.askSignUp({ ...request.body, former, ...callerOf(request, "user") });
      writeCookie(reply, "user", "sign_up", asked.ticket);
      return reply.status(202).send({ resendAt: at(asked.resendAtMs) });
    },
  );
  app.post(
    "/api/auth/sign-up/resend",
    { schema: { body: z.strictObject({}), response: { 202: askedSignUpSchema } } },
    async (request, reply) => {
      const sent = await identity.resendSignUp({ ticket: ticketOf(request), ...callerOf(request, "user") });
      return reply.status(202).send({ resendAt: at(sent.resendAtMs) });
    },
  );
  app.post(
    "/api/auth/sign-up/code",
    { schema: { body: proveSignUpSchema, response: { 200: signUpProgressSchema } } },
    async (request) =>
      view(
        await identity.proveSignUp({
          ticket: ticketOf(request),
          code: request.body.code,
          ...callerOf(request, "user"),
        }),
      ),
  );
  app.post(
    "/api/auth/sign-up/finish",
    { schema: { body: finishSignUpSchema, response: { 200: signInReplySchema } } },
    async (request, reply) => {
      const { accepted, password, displayName } = request.body;
      const input = { ticket: ticketOf(request), password, displayName, ...callerOf(request, "user") };
      await rules.assertEnough(accepted);
      const result = await identity.finishSignUp(input, (tx, actor) => rules.accept(tx, actor, accepted));
      clearCookie(reply, "user", "sign_up");
      return tell(request, reply, result);
    },
  );
}
