import type { SiteId } from "@casaforte/kernel";
import { type Availability, availabilityOf } from "./availability.ts";
import { noticeLimits } from "./limits.ts";
import type { NoticeServices } from "./services.ts";
import { selectCountedNotices, selectPublicNotices, selectUpdates } from "./store.ts";
import { type Notice, type NoticeService, type NoticeUpdate, noticeServices } from "./types.ts";

export type PartState = "working" | "maintenance" | "degraded" | "down";

/** One service at one place. */
export interface StatusPart {
  readonly service: NoticeService;
  readonly siteId: SiteId | null;
  readonly siteName: string | null;
  readonly state: PartState;
  /** Oldest first, today last: the worst of each UTC day. */
  readonly days: readonly PartState[];
  /** Of the same days, or since the installation's first where that is later. */
  readonly availability: Availability;
}

export interface NoticeWithUpdates extends Notice {
  readonly updates: readonly NoticeUpdate[];
}

/** What anybody may know, of no customer. */
export interface Status {
  readonly atMs: number;
  readonly parts: readonly StatusPart[];
  readonly notices: readonly NoticeWithUpdates[];
}

const order: readonly PartState[] = ["working", "maintenance", "degraded", "down"];
const worse = (one: PartState, other: PartState): PartState =>
  order.indexOf(other) > order.indexOf(one) ? other : one;

/** What a notice means for the parts it names, at one moment of its life. */
function effectOf(notice: Notice): PartState {
  if (notice.kind === "maintenance")
    return notice.state === "planned" || notice.state === "cancelled" ? "working" : "maintenance";
  return notice.severity === "critical" ? "down" : "degraded";
}

const concerns = (notice: Notice, part: Pick<StatusPart, "service" | "siteId">): boolean =>
  notice.services.includes(part.service) &&
  (notice.siteId === null || part.siteId === null || notice.siteId === part.siteId);

/** From when to when a notice held something up. Maintenance that was planned or cancelled held up nothing. */
function spanOf(notice: Notice, nowMs: number): readonly [fromMs: number, untilMs: number] {
  const from = notice.kind === "maintenance" ? (notice.plannedFrom ?? notice.openedAt) : notice.openedAt;
  return [from.getTime(), notice.closedAt?.getTime() ?? nowMs];
}

/** Pure: the page's figures from the notices of its window. `counted`: those of the figures, where the list is cut short. */
export function statusOf(
  notices: readonly NoticeWithUpdates[],
  sites: NoticeServices["sites"],
  { nowMs, watchedSinceMs }: { readonly nowMs: number; readonly watchedSinceMs: number },
  counted = notices,
): Status {
  const places = (service: NoticeService) =>
    service === "backup"
      ? sites.map(({ id, name }) => ({ siteId: id, siteName: name }))
      : [{ siteId: null, siteName: null }];
  const days = Math.round(noticeLimits.historyMs / noticeLimits.dayMs);
  const sinceMs = Math.min(nowMs, Math.max(watchedSinceMs, nowMs - noticeLimits.historyMs));
  const today = Math.floor(nowMs / noticeLimits.dayMs);
  const parts = noticeServices.flatMap((service) =>
    places(service).map((place): StatusPart => {
      const own = counted.filter((notice) => concerns(notice, { service, ...place }));
      const live = own.filter(({ closedAt }) => closedAt === null);
      return {
        service,
        ...place,
        state: live.reduce<PartState>((state, notice) => worse(state, effectOf(notice)), "working"),
        days: Array.from({ length: days }, (_, index) => {
          const fromMs = (today - days + 1 + index) * noticeLimits.dayMs;
          return own.reduce<PartState>((state, notice) => {
            const [begin, end] = spanOf(notice, nowMs);
            return begin < fromMs + noticeLimits.dayMs && end >= fromMs ? worse(state, effectOf(notice)) : state;
          }, "working");
        }),
        availability: availabilityOf(own, { sinceMs, nowMs }),
      };
    }),
  );
  return { atMs: nowMs, parts, notices };
}

type BoardServices = Pick<NoticeServices, "db" | "clock" | "sites" | "watchedSince">;

/**
 * The status, at most fifteen seconds old. While the database is away it is what it was, with its time; null when it was
 * never known. Many who ask at once cost one reading.
 */
export class StatusBoard {
  readonly #services: BoardServices;
  #known: Status | null = null;
  #reading: Promise<void> | null = null;
  #watchedSinceMs: number | null = null;

  constructor(services: BoardServices) {
    this.#services = services;
  }

  async read(): Promise<{ readonly status: Status | null; readonly isFresh: boolean }> {
    const isFresh = () =>
      this.#known !== null && this.#services.clock.nowMs() - this.#known.atMs < noticeLimits.statusAgeMs;
    if (!isFresh()) {
      this.#reading ??= this.#refresh().finally(() => {
        this.#reading = null;
      });
      await this.#reading.catch(() => undefined);
    }
    return { status: this.#known, isFresh: isFresh() };
  }

  async #refresh(): Promise<void> {
    const { db, clock, sites } = this.#services;
    const nowMs = clock.nowMs();
    this.#watchedSinceMs ??= (await this.#services.watchedSince()).getTime();
    const since = new Date(nowMs - noticeLimits.historyMs);
    const { listed, counted } = await db.lookup(
      async (tx) => {
        const shown = await selectPublicNotices(tx, since);
        const all = new Map([...shown, ...(await selectCountedNotices(tx, since))].map((each) => [each.id, each]));
        const updates = Map.groupBy(await selectUpdates(tx, [...all.keys()]), ({ noticeId }) => noticeId);
        const whole = (notice: Notice): NoticeWithUpdates => ({ ...notice, updates: updates.get(notice.id) ?? [] });
        return { listed: shown.map(whole), counted: [...all.values()].map(whole) };
      },
      { readOnly: true },
    );
    this.#known = statusOf(listed, sites, { nowMs, watchedSinceMs: this.#watchedSinceMs }, counted);
  }
}
