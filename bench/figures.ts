/** One row of the table: the same work by us and by the peer, in the same run. */
export interface Figure {
  readonly work: string;
  readonly unit: string;
  readonly ours: readonly number[];
  readonly peer: readonly number[];
  readonly peerName: string;
  /** `more` when a larger figure is better (MB/s), `less` when a smaller one is (ms). */
  readonly better: "more" | "less";
  /** What we want: a ratio such as `1.5 ×`, or a bound such as `≤ 50 ms`. */
  readonly goal?: string;
  /** What the work cost each server in processor time, where it was measured. */
  readonly cpuMs?: { readonly ours: readonly number[]; readonly peer: readonly number[] };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

const show = (values: readonly number[]) =>
  values.length === 0 ? "–" : median(values).toFixed(median(values) < 10 ? 2 : 0);

/** A Markdown table; the ratio says how many times better we are. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const [ours, peer] = [median(figure.ours), median(figure.peer)];
    const ratio =
      figure.peer.length === 0 || figure.ours.length === 0
        ? "–"
        : (figure.better === "more" ? ours / peer : peer / ours).toFixed(2);
    return `| ${figure.work} | ${show(figure.ours)} ${figure.unit} | ${show(figure.peer)} ${figure.unit} (${figure.peerName}) | ${ratio} × | ${figure.goal ?? "–"} | ${cpuRatio(figure)} |`;
  });
  return [
    "| work | Casaforte | peer | ratio (above 1: we are better) | goal | the same in processor time |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function cpuRatio({ cpuMs }: Figure): string {
  if (!cpuMs || cpuMs.ours.length === 0 || cpuMs.peer.length === 0) return "–";
  const [ours, peer] = [median(cpuMs.ours), median(cpuMs.peer)];
  return `${(peer / ours).toFixed(2)} × (${Math.round(ours)} ms, ${Math.round(peer)} ms)`;
}
