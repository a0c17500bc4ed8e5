import { type PublicKeyCredentialRequestOptionsJSON, startAuthentication } from "@simplewebauthn/browser";
import type { SignInReply } from "./auth-api.ts";
import { callApi } from "./http.ts";

/**
 * Asks for a challenge, lets the browser sign it, sends it back: the second step, or `alone` the whole sign-in. Null when
 * the person closed the browser's question.
 */
export async function confirmPasskey(alone = false): Promise<SignInReply | null> {
  const optionsJSON = await callApi<PublicKeyCredentialRequestOptionsJSON>("/api/auth/sign-in/passkey/options", {
    body: { alone },
  });
  const response = await startAuthentication({ optionsJSON }).catch((error: unknown) => {
    if (error instanceof Error && error.name === "NotAllowedError") return null;
    throw error;
  });
  return response && callApi<SignInReply>("/api/auth/sign-in/passkey", { body: { response, alone } });
}
