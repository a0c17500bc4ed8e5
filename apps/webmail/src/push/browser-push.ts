import { MethodProblem } from "../jmap/batcher.ts";
import type { MailClient } from "../jmap/client.ts";
import type { SetReply } from "../jmap/types.ts";

/**
 * `unsupported`: this browser, or this server, pushes nothing. `blocked`: the person forbade notifications to this page.
 * `unreachable`: the browser's own push service gave no address; nothing was switched on.
 */
export type PushState = "unsupported" | "blocked" | "unreachable" | "off" | "on";

interface Subscription {
  readonly id: string;
  readonly deviceClientId: string;
}

const vapid = "urn:ietf:params:jmap:webpush-vapid";

function serverKey(client: MailClient): string | null {
  const told = client.transport.session.capabilities[vapid] as { readonly applicationServerKey?: string } | undefined;
  return told?.applicationServerKey ?? null;
}

const isSupported = (): boolean => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** Names this browser by its push address, without telling it. */
async function deviceIdOf(endpoint: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ofBrowser(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

async function ofServer(client: MailClient, endpoint: string): Promise<Subscription | undefined> {
  const deviceId = await deviceIdOf(endpoint);
  const { list } = await client.batcher.call<{ list: readonly Subscription[] }>("PushSubscription/get", { ids: null });
  return list.find(({ deviceClientId }) => deviceClientId === deviceId);
}

async function set(client: MailClient, args: object): Promise<void> {
  const reply = await client.batcher.call<SetReply>("PushSubscription/set", { ...args });
  const [refused] = [reply.notCreated, reply.notUpdated, reply.notDestroyed].flatMap((part) =>
    Object.values(part ?? {}),
  );
  if (refused !== undefined) throw new MethodProblem(refused.type, refused.description ?? "", refused.code);
}

/** How it stands in this browser for this sign-in. */
export async function readPushState(client: MailClient): Promise<PushState> {
  if (!isSupported() || serverKey(client) === null) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  const subscription = await ofBrowser();
  if (subscription === null) return "off";
  return (await ofServer(client, subscription.endpoint)) === undefined ? "off" : "on";
}

/** Asks for permission and subscribes anew. Answers how it stands then. @throws what the push service or the server says. */
export async function startPush(client: MailClient, language: string): Promise<PushState> {
  const key = serverKey(client);
  if (!isSupported() || key === null) return "unsupported";
  if ((await Notification.requestPermission()) !== "granted") return readPushState(client);
  await (await ofBrowser())?.unsubscribe();
  await navigator.serviceWorker.register(`/push-worker.js?language=${language}`);
  const registration = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = await registration.pushManager.subscribe(options).catch(() => null);
  if (subscription === null) return "unreachable";
  const { keys } = subscription.toJSON();
  const { endpoint: url } = subscription;
  const create = { deviceClientId: await deviceIdOf(url), url, keys, types: ["EmailDelivery"] };
  await set(client, { create: { push: create } });
  return "on";
}

/** @throws what the server says. */
export async function stopPush(client: MailClient): Promise<void> {
  const subscription = await ofBrowser();
  if (subscription === null) return;
  const known = await ofServer(client, subscription.endpoint);
  await subscription.unsubscribe();
  if (known !== undefined) await set(client, { destroy: [known.id] });
}

/** A subscription lives for a week after the last visit. Says nothing of trouble: the next visit tries again. */
export async function renewPush(client: MailClient): Promise<void> {
  if (!isSupported() || serverKey(client) === null || Notification.permission !== "granted") return;
  const subscription = await ofBrowser().catch(() => null);
  if (subscription === null) return;
  const renew = async (): Promise<void> => {
    const known = await ofServer(client, subscription.endpoint);
    if (known !== undefined) await set(client, { update: { [known.id]: { expires: null } } });
  };
  await renew().catch(() => undefined);
}

/** At the sign-out: the browser takes its address back, whatever the server knows. */
export async function forgetPush(): Promise<void> {
  if (!isSupported()) return;
  await ofBrowser().then(
    (subscription) => subscription?.unsubscribe(),
    () => undefined,
  );
}
