// Signing in and out, and what a token is kept in.

import { assert, ORIGIN, test } from "./support.js";

test("one click signs in, a reload keeps the place, and signing out ends it", async (person) => {
  const { page } = person;
  await page.goto(`${ORIGIN}/console`);
  await person.heading("Sign in to Muster").waitFor();
  await person.look("sign-in");
  await person.signIn("/console/devices?search=kiosk");
  await person.heading("Devices").waitFor();
  assert.equal(new URL(page.url()).search, "?search=kiosk");
  await page.reload();
  await person.heading("Devices").waitFor();
  assert.equal(new URL(page.url()).search, "?search=kiosk");
  await person.button(/^Account/).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await person.heading("Sign in to Muster").waitFor();
  await page.goto(`${ORIGIN}/console/devices`);
  await person.heading("Sign in to Muster").waitFor();
});

test("no token is in a storage or an address", async (person) => {
  const { page } = person;
  const visited = [];
  page.on("framenavigated", (frame) => visited.push(frame.url()));
  await person.signIn();
  await person.heading("Devices").waitFor();
  const kept = await page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, (await indexedDB.databases()).length]));
  assert.doesNotMatch(kept, /eyJ|code_verifier/);
  // The code that a token is redeemed for comes in the fragment, which no log has, and is taken out of the address at once.
  assert.ok(visited.every((url) => !url.split("#")[0].includes("eyJ")), visited.join("\n"));
  assert.equal(new URL(page.url()).hash, "");
});

test("the page keeps to its policy", async (person) => {
  const response = await person.page.goto(`${ORIGIN}/console/devices`);
  const headers = response.headers();
  const policy = headers["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(headers["cache-control"], "no-store");
  assert.equal(headers["x-frame-options"], "DENY");
  const asset = await person.page.locator("script[src]").getAttribute("src");
  const script = await person.page.request.get(ORIGIN + asset);
  assert.match(script.headers()["cache-control"], /immutable/);
  assert.equal((await person.page.request.get(`${ORIGIN}/console/assets/none.js`)).status(), 404);
});
