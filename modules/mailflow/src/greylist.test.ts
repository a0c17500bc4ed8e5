import { expect, test } from "vitest";
import { networkOf } from "./greylist.ts";

test.each([
  ["198.51.100.9", "198.51.100"],
  ["::ffff:198.51.100.9", "198.51.100"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["2001:DB8:0:0:5::", "2001:db8:0:0"],
])("%s is held back and let in with all of %s", (address, network) => expect(networkOf(address)).toBe(network));
