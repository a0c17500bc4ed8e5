import type {
  appPasswordReplySchema,
  appPasswordsReplySchema,
  factorOnReplySchema,
  passkeysReplySchema,
  recoveryAddressReplySchema,
  recoveryCodesReplySchema,
  sessionsReplySchema,
  totpReplySchema,
} from "@casaforte/contract/auth";
import type { askedProgramReplySchema, programsReplySchema } from "@casaforte/contract/programs";
import { startAuthentication, startRegistration } from "@simplewebauthn/browser";
import type { z } from "zod";
import { callApi } from "../http.ts";

export type FactorOn = z.infer<typeof factorOnReplySchema>;
export type TotpStart = z.infer<typeof totpReplySchema>;
export type Passkeys = z.infer<typeof passkeysReplySchema>["passkeys"];
export type AppPasswords = z.infer<typeof appPasswordsReplySchema>;
export type OpenSessions = z.infer<typeof sessionsReplySchema>["sessions"];
export type Programs = z.infer<typeof programsReplySchema>["programs"];
export type AskedProgram = z.infer<typeof askedProgramReplySchema>;
export type MailProtocol = AppPasswords["offered"][number];

type RegistrationOptions = Parameters<typeof startRegistration>[0]["optionsJSON"];
type AuthenticationOptions = Parameters<typeof startAuthentication>[0]["optionsJSON"];

const remove = (path: string): Promise<void> => callApi<void>(path, { method: "DELETE" });

/** The calls behind the security page; each may throw ApiProblem, among them `identity.reauthentication_required`. */
export const security = {
  reauthenticate: (password: string) =>
    callApi<unknown>("/api/auth/reauthenticate", { body: { method: "password", password } }),
  reauthenticateByPasskey: async () => {
    const optionsJSON = await callApi<AuthenticationOptions>("/api/auth/sign-in/passkey/options", { body: {} });
    const response = await startAuthentication({ optionsJSON });
    return callApi<unknown>("/api/auth/reauthenticate", { body: { method: "passkey", response } });
  },
  requestLoginChange: (login: string) => callApi<unknown>("/api/auth/login-change", { body: { login } }),
  changePassword: (password: string) => callApi<unknown>("/api/auth/password", { body: { password } }),

  recoveryAddress: async () =>
    (await callApi<z.infer<typeof recoveryAddressReplySchema>>("/api/auth/recovery-address")).address ?? "",
  requestRecoveryAddress: (address: string) => callApi<unknown>("/api/auth/recovery-address", { body: { address } }),
  removeRecoveryAddress: () => remove("/api/auth/recovery-address"),

  startTotp: () => callApi<TotpStart>("/api/auth/totp", { body: {} }),
  confirmTotp: (code: string) => callApi<FactorOn>("/api/auth/totp/confirm", { body: { code } }),
  removeTotp: () => remove("/api/auth/totp"),
  newRecoveryCodes: () => callApi<z.infer<typeof recoveryCodesReplySchema>>("/api/auth/recovery-codes", { body: {} }),

  passkeys: async () => (await callApi<{ passkeys: Passkeys }>("/api/auth/passkeys")).passkeys,
  addPasskey: async (name: string): Promise<FactorOn> => {
    const optionsJSON = await callApi<RegistrationOptions>("/api/auth/passkeys/options", { body: {} });
    const response = await startRegistration({ optionsJSON });
    return callApi<FactorOn>("/api/auth/passkeys", { body: { name, response } });
  },
  removePasskey: (id: string) => remove(`/api/auth/passkeys/${id}`),

  appPasswords: () => callApi<AppPasswords>("/api/auth/app-passwords"),
  addAppPassword: (name: string, protocols: readonly MailProtocol[]) =>
    callApi<z.infer<typeof appPasswordReplySchema>>("/api/auth/app-passwords", {
      body: { name, protocols, expiresAt: null },
    }),
  revokeAppPassword: (id: string) => remove(`/api/auth/app-passwords/${id}`),

  programs: async () => (await callApi<{ programs: Programs }>("/api/auth/programs")).programs,
  disconnectProgram: (id: string) => remove(`/api/auth/programs/${id}`),
  /** `query` as the program wrote it into the address. */
  askedProgram: (query: string) => callApi<AskedProgram>(`/api/auth/program-request${query}`),
  allowProgram: (query: string) =>
    callApi<{ goTo: string }>("/api/auth/program-request", { body: Object.fromEntries(new URLSearchParams(query)) }),

  /** Where a copy of everything about this person is downloaded (R80). */
  dataUrl: (format: "json" | "csv") => `/api/auth/data?format=${format}`,
  changeProfile: (displayName: string, language: "it" | "en") =>
    callApi<void>("/api/auth/profile", { method: "PUT", body: { displayName, language } }),
  eraseSelf: (login: string) => callApi<void>("/api/auth/account/erasure", { body: { login } }),

  sessions: async () => (await callApi<{ sessions: OpenSessions }>("/api/auth/sessions")).sessions,
  endSession: (id: string) => remove(`/api/auth/sessions/${id}`),
  endOtherSessions: () => callApi<unknown>("/api/auth/sessions", { method: "DELETE" }),
};
