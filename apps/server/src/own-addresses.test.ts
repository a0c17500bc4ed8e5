import { parseConfig } from "@casaforte/platform/config";
import { expect, test } from "vitest";
import { ownAddressesOf, watchedOf } from "./own-addresses.ts";

const config = (leaving: string, mail: string) =>
  parseConfig(
    `
provider: { name: P, hostname: mx.p.example, supportAddress: help@p.example }
data: d
masterKeys: [{ id: 1, file: k }]
sites: [{ id: a, name: A, country: IT, jurisdiction: { it: I, en: I }, blobs: b${leaving} }]
http: {}
mail: { outbound: { mode: direct }${mail} }
`,
    "x",
  );
const both = ', outgoingMail: { ipv4: 8.8.4.4, ipv6: "2001:4860:4860::8844" }';
const lists = ", filter: { blockLists: [bl.example, zen.example] }";

test("R99: the lists of the configuration are asked about its public addresses; the board says so where there are none", () => {
  const watched = watchedOf(config(both, lists));
  expect(watched).toEqual({ addresses: ["8.8.4.4", "2001:4860:4860::8844"], zones: ["bl.example", "zen.example"] });
  expect(ownAddressesOf(watched, [])).toMatchObject({ state: "watched", askedAt: null, listed: [], silent: [] });
  for (const [leaving, mail, state] of [
    ["", lists, "no_address"],
    // Others see another address than this one.
    [", outgoingMail: { ipv4: 10.0.0.5 }", lists, "no_address"],
    [both, "", "no_list"],
    [both, `${lists}, dns: false`, "no_list"],
  ] as const)
    expect(ownAddressesOf(watchedOf(config(leaving, mail)), []).state, leaving + mail).toBe(state);
});

test("R99: the board tells since when and why an address is listed, with a page only if a browser can follow it, and which lists cannot be asked", () => {
  const watched = { addresses: ["8.8.4.4"], zones: ["a.example", "b.example", "c.example"] };
  const [asked, before] = [new Date(7_200_000), new Date(3_600_000)];
  const row = { address: "8.8.4.4", askedAt: asked, answeredAt: asked, listedSince: null, words: "" };
  const words = "Seen: <https://a.example/why?ip=8.8.4.4>";
  const board = ownAddressesOf(watched, [
    { ...row, zone: "a.example", listedSince: before, words },
    { ...row, zone: "b.example", listedSince: before, words: "javascript:alert(1) https://[ ftp://b.example/" },
    { ...row, zone: "c.example", answeredAt: null },
  ]);
  const since = before.toISOString();
  expect(board).toEqual({
    state: "watched",
    addresses: ["8.8.4.4"],
    askedAt: asked.toISOString(),
    listed: [
      { address: "8.8.4.4", list: "a.example", since, words, page: "https://a.example/why?ip=8.8.4.4" },
      {
        ...{ address: "8.8.4.4", list: "b.example", since, page: null },
        words: expect.stringContaining("javascript:"),
      },
    ],
    silent: [{ list: "c.example", answeredAt: null }],
  });
});
