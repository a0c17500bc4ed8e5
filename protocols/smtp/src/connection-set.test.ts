import { FakeClock } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { ConnectionSet, type WatchedConnection } from "./connection-set.ts";
import { smtpLimits } from "./limits.ts";

test("the addresses of one IPv6 network share their places, and leave those of others", () => {
  const connections = new ConnectionSet(new FakeClock(), { ...smtpLimits, connectionsPerAddressMax: 2 });
  const open = (remoteAddress: string) => {
    const connection = { id: remoteAddress, session: { remoteAddress }, send() {} };
    connections.add(connection as unknown as WatchedConnection);
    connections.admit(remoteAddress);
  };
  open("2001:db8:0:1::1");
  open("2001:db8:0:1:ffff::2");
  expect(() => open("2001:DB8::1:0:0:0:3")).toThrow("too many connections");
  open("2001:db8:0:2::1");
  open("192.0.2.1");
  open("::ffff:192.0.2.1");
  open("192.0.2.2");
  expect(() => open("::ffff:c000:201")).toThrow("too many connections");
  connections.stop();
});
