import type { Sabotage } from "./sabotage.ts";

/** Catalogue, documents, orders, sites. */
export const ordering: readonly Sabotage[] = [
  {
    rows: [1],
    what: "an order of an older version is taken for one of the newest",
    file: "modules/catalogue/src/read-catalogue.ts",
    find: "(await listOffers(tx, nowMs)).find((each) => each.sku === sku && each.version === version)",
    replace: "(await listOffers(tx, nowMs)).find((each) => each.sku === sku)",
    test: { file: "modules/catalogue/src/catalogue.test.ts", name: "R1: the catalogue" },
  },
  {
    rows: [7],
    what: "the customers' role reads hosts",
    file: "modules/placement/sql/0001_placement.sql",
    find: "grant select, insert on placement_hosts to cf_ops;",
    replace: "grant select, insert on placement_hosts to cf_ops, cf_app;",
    test: { file: "modules/orders/src/orders.test.ts", name: "R7: the customers' role" },
  },
  {
    rows: [31],
    what: "an order without a site goes where the offer is sold",
    file: "modules/orders/src/place-order.ts",
    find: 'if (chosen === null) throw new Failure("invalid", "orders.site_missing", "choose the site");',
    replace: "if (chosen === null) return offer.siteId as SiteId;",
    test: { file: "modules/orders/src/orders.test.ts", name: "R31: for a space without a site" },
  },
  {
    rows: [32],
    what: "a change of plan may name a plan of another site",
    file: "modules/orders/src/change-service.ts",
    find: "if (offer.product !== service.product || (offer.siteId !== null && offer.siteId !== service.siteId))",
    replace: "if (offer.product !== service.product)",
    test: { file: "modules/orders/src/orders.test.ts", name: "R32: a space never changes its site" },
  },
  {
    rows: [32],
    what: "nobody looks where a space's host stands",
    file: "modules/placement/sql/0002_sites.sql",
    find: "p.released_at is null and p_tenant",
    replace: "p.released_at is not null and p_tenant",
    test: { file: "modules/orders/src/orders.test.ts", name: "R32: a space whose host or address" },
  },
  {
    rows: [33],
    what: "mail goes to whatever site the order names",
    file: "modules/orders/src/place-order.ts",
    find: 'if (offer.product === "mail") return services.mailSite;',
    replace: 'if (offer.product === "mail") return chosen ?? services.mailSite;',
    test: { file: "modules/orders/src/orders.test.ts", name: "R33: of mail is placed" },
  },
  {
    rows: [72],
    what: "an acceptance of an older text counts for the newer",
    file: "modules/catalogue/src/documents.ts",
    find: "accepted.some((each) => each.documentId === id && each.version === version);",
    replace: "accepted.some((each) => each.documentId === id && version > 0);",
    test: { file: "modules/catalogue/src/catalogue.test.ts", name: "R6, R72: documents" },
  },
];
