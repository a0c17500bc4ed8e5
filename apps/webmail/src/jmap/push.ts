/** Listens for changes of the account (RFC 8620 §7.3) with the session's cookie; the browser reconnects by itself. */
export function listenForChanges(
  eventSourceUrl: string,
  on: { readonly change: () => void; readonly online: (isOnline: boolean) => void },
): () => void {
  const url = eventSourceUrl.replace("{types}", "Email,Mailbox").replace("{closeafter}", "no").replace("{ping}", "30");
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | null = null;
  let isStopped = false;
  // What came before the first connection stood was not told either.
  let wasLost = true;
  const open = (): void => {
    source = new EventSource(url, { withCredentials: true });
    source.addEventListener("open", () => {
      on.online(true);
      // Whatever happened while nobody listened is read now.
      if (wasLost) on.change();
      wasLost = false;
    });
    source.addEventListener("state", () => on.change());
    source.addEventListener("error", () => {
      wasLost = true;
      if (!navigator.onLine) on.online(false);
      // A browser gives up on an answer that is no event stream; we do not.
      if (source?.readyState === EventSource.CLOSED && !isStopped) retry = setTimeout(open, 5_000);
    });
  };
  const onOnline = (): void => on.online(true);
  const onOffline = (): void => on.online(false);
  window.addEventListener("online", onOnline);
  window.addEventListener("offline", onOffline);
  open();
  return () => {
    isStopped = true;
    source?.close();
    if (retry !== null) clearTimeout(retry);
    window.removeEventListener("online", onOnline);
    window.removeEventListener("offline", onOffline);
  };
}
