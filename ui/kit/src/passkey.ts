import { type PublicKeyCredentialRequestOptionsJSON, startAuthentication } from "@simplewebauthn/browser";
import type { SignInReply } from "./auth-api.ts";
import { callApi } from "./http.ts";

/** The second step by passkey: asks for a challenge, lets the browser sign it, sends it back. */
export async function confirmPasskey(): Promise<SignInReply> {
  const optionsJSON = await callApi<PublicKeyCredentialRequestOptionsJSON>("/api/auth/sign-in/passkey/options", {
    body: {},
  });
  const response = await startAuthentication({ optionsJSON });
  return callApi<SignInReply>("/api/auth/sign-in/passkey", { body: { response } });
}
