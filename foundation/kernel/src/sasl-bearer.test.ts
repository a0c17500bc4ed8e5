import { expect, test } from "vitest";
import { parseBearerResponse } from "./sasl-bearer.ts";

const of = (text: string) => Buffer.from(text, "utf8").toString("base64");
const oauthbearer = (text: string) => parseBearerResponse("OAUTHBEARER", of(text));
const xoauth2 = (text: string) => parseBearerResponse("XOAUTH2", of(text));

test("the example of RFC 7628 §4.1 is read, with and without an account, as text of any language", () => {
  expect(
    parseBearerResponse(
      "OAUTHBEARER",
      "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB",
    ),
  ).toEqual({ user: "user@example.com", token: "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==" });
  expect(oauthbearer("n,,\x01auth=Bearer t\x01\x01")).toEqual({ user: "", token: "t" });
  expect(oauthbearer("y,a=zo\u00eb=2Cb=3Dc@x.test,\x01auth=bearer t\x01\x01")).toEqual({
    user: "zo\u00eb,b=c@x.test",
    token: "t",
  });
});

test("the response of XOAUTH2 is read", () => {
  expect(xoauth2("user=ada@x.test\x01auth=Bearer a.b~c+d/e==\x01\x01")).toEqual({
    user: "ada@x.test",
    token: "a.b~c+d/e==",
  });
});

test("a client that shows no token asks where one is had", () => {
  for (const text of [
    "n,a=ada@x.test,\x01auth=\x01\x01",
    "n,a=ada@x.test,\x01host=h\x01auth=\x01\x01",
    "n,a=ada@x.test,\x01\x01",
  ])
    expect(oauthbearer(text), text).toEqual({ user: "ada@x.test", token: "" });
});

test("what is not such a response is none", () => {
  for (const text of [
    "",
    "\x01",
    "n,a=ada@x.test\x01auth=Bearer t\x01\x01",
    "p=x,a=ada@x.test,\x01auth=Bearer t\x01\x01",
    "n,a=ada@x.test,\x01auth=Bearer t\x01",
    "n,a=ada@x.test,\x01auth=Bearer t u\x01\x01",
    "n,a=ada@x.test,\x01auth=Basic t\x01\x01",
    "n,a=ada@x.test,\x01host=h\x01\x01",
    "n,a=a\nb,\x01auth=Bearer t\x01\x01",
    "user=ada@x.test\x01auth=Bearer t\x01\x01",
  ])
    expect(oauthbearer(text), JSON.stringify(text)).toBeNull();
  expect(xoauth2("n,a=ada@x.test,\x01auth=Bearer t\x01\x01")).toBeNull();
  for (const text of ["", "=", "*", "abc$", "a b"]) expect(parseBearerResponse("OAUTHBEARER", text), text).toBeNull();
});
