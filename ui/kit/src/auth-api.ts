import type { SessionReply, SignInReply } from "@casaforte/contract/auth";
import { ApiProblem, callApi } from "./http.ts";

export type { SessionReply, SignInReply };
export type SecondFactorMethod = Extract<SignInReply, { step: "second_factor" }>["methods"][number];

/** Calls of a face's own /api/auth; the same paths in every realm. */
export const auth = {
  /** Null when nobody is signed in. */
  session: async (): Promise<SessionReply | null> => {
    try {
      return await callApi<SessionReply>("/api/auth/session");
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
  signIn: (login: string, password: string) => callApi<SignInReply>("/api/auth/sign-in", { body: { login, password } }),
  verifyCode: (method: "totp" | "recovery_code", code: string) =>
    callApi<SignInReply>("/api/auth/sign-in/code", { body: { method, code } }),
  signOut: () => callApi<void>("/api/auth/sign-out", { method: "POST", body: {} }),
};
