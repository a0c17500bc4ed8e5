/** Line icons on a grid of 24, drawn with the text's own colour; always beside or inside something with a name. */
const paths = {
  inbox: "M3 13h5l1.5 3h5L16 13h5M5 5h14l2 8v6H3v-6z",
  drafts: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  sent: "M21 3 3 10.5l7 3 3 7.5zM10 13.5 21 3",
  archive: "M3 4h18v5H3zM5 9v11h14V9M10 13h4",
  junk: "M12 3 2 20h20zM12 10v4M12 17v.5",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  folder: "M3 6h6l2 2h10v11H3z",
  people:
    "M9 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7M2.500 20c0-4 3-6 6.500-6s6.500 2 6.500 6M16 5.500a3.500 3.500 0 0 1 0 6.500M18 14.500c2.200.7 3.500 2.500 3.500 5.500",
  star: "m12 3.5 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.500 9.700l5.900-.8z",
  reply: "M9 6 4 11l5 5M4 11h9a7 7 0 0 1 7 7",
  replyAll: "M11 6 6 11l5 5M7 6l-5 5 5 5M6 11h8a6 6 0 0 1 7 7",
  forward: "m15 6 5 5-5 5M20 11h-9a7 7 0 0 0-7 7",
  compose: "M12 5H5v14h14v-7M18.500 3.500l2 2L12 14l-3 1 1-3z",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13M15.500 15.500 21 21",
  clip: "m8 12.500 6-6a3 3 0 0 1 4.500 4.500L11 18.500a4.500 4.500 0 0 1-6.500-6.500L12 4.500",
  back: "M15 5l-7 7 7 7",
  menu: "M4 7h16M4 12h16M4 17h16",
  settings:
    "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 2.500v3M12 18.500v3M2.500 12h3M18.500 12h3M5.300 5.300l2.100 2.100M16.600 16.600l2.100 2.100M5.300 18.700l2.100-2.100M16.600 7.400l2.100-2.100",
  unread: "M3 6h18v12H3zM3 7l9 7 9-7",
  read: "M3 10 12 4l9 6v9H3zM3 10l9 6 9-6",
  move: "M3 6h6l2 2h10v11H3zM9 13.500h6M12.500 11l2.500 2.500-2.500 2.500",
  close: "M6 6l12 12M18 6 6 18",
  help: "M9 9a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 17.500v.5M12 2.500a9.500 9.500 0 1 0 0 19 9.500 9.500 0 0 0 0-19",
  download: "M12 4v11M7.500 11 12 15.500 16.500 11M5 20h14",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  bullets: "M9 6h12M9 12h12M9 18h12M4 6v.01M4 12v.01M4 18v.01",
  numbers: "M10 6h11M10 12h11M10 18h11M4 4v5M3 9h2M3 14.500h2.500L3 18.500h2.500",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  plain: "M5 6h14M12 6 10 19M4 20 20 4",
  out: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
} as const;

export type IconName = keyof typeof paths;

export function Icon({
  name,
  size = 18,
  isFilled = false,
}: {
  readonly name: IconName;
  readonly size?: number;
  readonly isFilled?: boolean;
}) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={isFilled ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={name === "more" ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
