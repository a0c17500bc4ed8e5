import { answerPush, type PushSurroundings } from "./push/answer-push.ts";

/** The part of a service worker's surroundings that is used here; the page's types do not know them. */
interface WorkerScope {
  readonly location: { readonly href: string; readonly origin: string };
  readonly registration: { showNotification(title: string, options: object): Promise<void> };
  readonly clients: {
    matchAll(options: object): Promise<readonly { readonly visibilityState: string; focus(): Promise<unknown> }[]>;
    openWindow(url: string): Promise<unknown>;
  };
  addEventListener(name: string, on: (event: WorkerEvent) => void): void;
}

interface WorkerEvent {
  readonly data?: { json(): unknown } | null;
  readonly notification?: { close(): void };
  waitUntil(work: Promise<unknown>): void;
}

const scope = globalThis as unknown as WorkerScope;
const pages = () => scope.clients.matchAll({ type: "window", includeUncontrolled: true });
const language = new URL(scope.location.href).searchParams.get("language") === "en" ? "en" : "it";

const around: PushSurroundings = {
  isWatched: async () => (await pages()).some(({ visibilityState }) => visibilityState === "visible"),
  async call(methodCalls) {
    const using = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"];
    const response = await fetch("/jmap/api", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ using, methodCalls }),
    });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    return ((await response.json()) as { methodResponses: readonly (readonly [string, unknown, string])[] })
      .methodResponses;
  },
  show: (title, body) => scope.registration.showNotification(title, { body, tag: "mail", lang: language }),
};

function read(event: WorkerEvent): unknown {
  try {
    return event.data?.json();
  } catch {
    return null;
  }
}

scope.addEventListener("push", (event) => event.waitUntil(answerPush(read(event), language, around)));
scope.addEventListener("notificationclick", (event) => {
  event.notification?.close();
  const show = async () => {
    const [page] = await pages();
    await (page === undefined ? scope.clients.openWindow("/") : page.focus());
  };
  event.waitUntil(show());
});
