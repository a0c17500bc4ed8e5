export const isPushSupported = (): boolean =>
  "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** Where this browser is pushed to; null when nowhere. */
export async function pushAddress(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Names a browser by its push address, without telling it. */
export async function deviceIdOf(endpoint: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** At the sign-out: the browser takes its address back if it can; the server's part ended with the session. Never rejects. */
export async function forgetPush(): Promise<void> {
  if (!isPushSupported()) return;
  await pushAddress()
    .then((subscription) => subscription?.unsubscribe())
    .catch(() => undefined);
}
