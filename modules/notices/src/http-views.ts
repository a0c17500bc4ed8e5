import type { NoticeReply } from "@casaforte/contract/notices";
import type { Notice, NoticeUpdate } from "./types.ts";

export const toNotice = (notice: Notice, updates: readonly NoticeUpdate[]): NoticeReply => ({
  id: notice.id,
  kind: notice.kind,
  severity: notice.severity,
  state: notice.state,
  services: [...notice.services],
  siteId: notice.siteId,
  titleIt: notice.titleIt,
  titleEn: notice.titleEn,
  plannedFrom: notice.plannedFrom?.toISOString() ?? null,
  plannedUntil: notice.plannedUntil?.toISOString() ?? null,
  openedAt: notice.openedAt.toISOString(),
  closedAt: notice.closedAt?.toISOString() ?? null,
  updates: updates
    .filter(({ noticeId }) => noticeId === notice.id)
    .map(({ state, isReport, textIt, textEn, at }) => ({ state, isReport, textIt, textEn, at: at.toISOString() })),
});
