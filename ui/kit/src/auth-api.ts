import { ApiProblem, callApi } from "./http.ts";

export type SecondFactorMethod = "totp" | "passkey" | "recovery_code";

/** Who is signed in. */
export interface SessionReply {
  readonly login: string;
  readonly displayName: string;
  readonly language: "it" | "en";
  readonly mustEnrol: boolean;
}

export type SignInReply =
  | { readonly step: "signed_in"; readonly session: SessionReply }
  | { readonly step: "second_factor"; readonly methods: readonly SecondFactorMethod[] };

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
