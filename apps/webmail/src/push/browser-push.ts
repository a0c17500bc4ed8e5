import { MethodProblem } from "../jmap/batcher.ts";
import type { MailClient } from "../jmap/client.ts";
import type { SetReply } from "../jmap/types.ts";
import { deviceIdOf, isPushSupported, pushAddress } from "./push-address.ts";

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
  if (!isPushSupported() || serverKey(client) === null) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  const subscription = await pushAddress();
  if (subscription === null) return "off";
  return (await ofServer(client, subscription.endpoint)) === undefined ? "off" : "on";
}

/** Asks for permission and subscribes anew. Answers how it stands then. @throws what the push service or the server says. */
export async function startPush(client: MailClient, language: string): Promise<PushState> {
  const key = serverKey(client);
  if (!isPushSupported() || key === null) return "unsupported";
  if ((await Notification.requestPermission()) !== "granted") return readPushState(client);
  await (await pushAddress())?.unsubscribe();
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

/** The server first, which pushes no more then, whatever the browser's push service says. @throws what the server says. */
export async function stopPush(client: MailClient): Promise<void> {
  const subscription = await pushAddress();
  if (subscription === null) return;
  const known = await ofServer(client, subscription.endpoint);
  if (known !== undefined) await set(client, { destroy: [known.id] });
  await subscription.unsubscribe().catch(() => undefined);
}

/** A subscription lives for a week after the last visit. Says nothing of trouble: the next visit tries again. */
export async function renewPush(client: MailClient): Promise<void> {
  if (!isPushSupported() || serverKey(client) === null || Notification.permission !== "granted") return;
  const subscription = await pushAddress().catch(() => null);
  if (subscription === null) return;
  const renew = async (): Promise<void> => {
    const known = await ofServer(client, subscription.endpoint);
    if (known !== undefined) await set(client, { update: { [known.id]: { expires: null } } });
  };
  await renew().catch(() => undefined);
}
