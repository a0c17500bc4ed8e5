import type { invitationReplySchema, loginReplySchema } from "@casaforte/contract/auth";
import type { z } from "zod";
import type { SignInReply } from "../auth-api.ts";
import { callApi } from "../http.ts";
import type { Language } from "../preferences.ts";

export type Invitation = z.infer<typeof invitationReplySchema>;
type LoginReply = z.infer<typeof loginReplySchema>;

export interface NewAccount {
  readonly token: string;
  readonly password: string;
  readonly displayName: string;
  readonly language: Language;
}

/** Calls of the links' pages; each may throw ApiProblem, `identity.link_expired` first of all. */
export const links = {
  readInvitation: (token: string) => callApi<Invitation>("/api/auth/invitation/read", { body: { token } }),
  acceptInvitation: (account: NewAccount) => callApi<SignInReply>("/api/auth/invitation/accept", { body: account }),
  requestReset: (login: string) => callApi<unknown>("/api/auth/password-reset", { body: { login } }),
  confirmReset: (token: string, password: string) =>
    callApi<LoginReply>("/api/auth/password-reset/confirm", { body: { token, password } }),
  confirmAddress: (token: string) => callApi<LoginReply>("/api/auth/login-change/confirm", { body: { token } }),
  confirmRecovery: (token: string) => callApi<LoginReply>("/api/auth/recovery-address/confirm", { body: { token } }),
  setUp: (account: NewAccount & { readonly login: string }) =>
    callApi<SignInReply>("/api/auth/bootstrap", { body: account }),
};
