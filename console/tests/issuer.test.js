// Signing in at the issuer of an organization, with the code flow and PKCE, on a server without dev mode.

import { randomUUID } from "node:crypto";
import { after } from "node:test";

import { hasProvider, startProvider } from "./provider.js";
import { startServer } from "./server.js";
import { Api, assert, DEVICES, test } from "./support.js";

const SERVICE_CONFIG = ["DeviceManagementServiceConfig.Read.All", "DeviceManagementServiceConfig.ReadWrite.All"];
const TENANT = randomUUID();
const OTHER = randomUUID();
const PEOPLE = {
  alice: { tenant: TENANT, permissions: SERVICE_CONFIG },
  ann: { tenant: OTHER, permissions: SERVICE_CONFIG },
  rob: { tenant: TENANT, permissions: SERVICE_CONFIG.slice(0, 1) },
  nobody: { tenant: TENANT, permissions: ["openid"] },
  stranger: { tenant: randomUUID(), permissions: SERVICE_CONFIG },
};

/** A server as in production, whose people are known to a provider elsewhere: one for the tests of this file. */
async function start() {
  const provider = await startProvider(PEOPLE);
  const server = await startServer(provider.table([TENANT, OTHER]), { isDev: false });
  provider.register(server.origin);
  return { ...server, provider };
}

let started = null;
after(async () => {
  const server = await started;
  await server?.stop();
  server?.provider.stop();
});

/** Presses the button, and tells the provider who one is. */
async function signInAs(person, name) {
  const { page } = person;
  await person.button("Sign in with Contoso").click();
  await page.getByRole("heading", { name: "Who are you?" }).waitFor();
  await page.getByLabel("Name").fill(name);
  await person.button("Sign in").click();
}

/** The bearer of what the page sends to the server. */
async function tokenOf(page) {
  const request = await page.waitForRequest(/\/_\/caller$/);
  return request.headers().authorization.replace("Bearer ", "");
}

const options = { server: async () => ({ ...(await (started ??= start())), stop: () => {} }) };
const withProvider = hasProvider ? test : (name) => console.log(`NOT TESTED without the OpenID provider: ${name}`);

withProvider("people sign in at their own issuer, come back after a reload, and sign out of both", options, async (person) => {
  const { page, origin, server } = person;
  await page.goto(`${origin}/console/devices?tag=Kiosk`);
  await person.heading("Sign in to Muster").waitFor();
  assert.equal(await page.getByLabel("Tenant").count(), 0);
  await person.look("sign-in-issuer");
  const leaving = page.waitForRequest((request) => request.url().startsWith(`${server.provider.origin}/auth?`));
  const arrived = tokenOf(page);
  await signInAs(person, "alice");
  await person.heading("Devices").waitFor();
  assert.equal(new URL(page.url()).search, "?tag=Kiosk");
  const asked = new URL((await leaving).url()).searchParams;
  assert.deepEqual(["response_type", "code_challenge_method", "response_mode"].map((name) => asked.get(name)), ["code", "S256", "fragment"]);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  assert.doesNotMatch(kept, /eyJ|code_verifier/);
  await new Api(TENANT, origin, await arrived).createAll(DEVICES, [{ serialNumber: "SN-1", groupTag: "Kiosk" }, { serialNumber: "SN-2" }]);
  // The provider's session makes a reload one without a question.
  await page.reload();
  await page.getByText("1 device", { exact: true }).waitFor();
  await page.getByRole("grid").getByRole("link", { name: "SN-1" }).waitFor();
  await person.button("Account alice@contoso.example").click();
  await page.getByText(`Tenant ${TENANT}`).waitFor();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await person.button("Sign out").click();
  await person.heading("Sign in to Muster").waitFor();
  // Whoever comes next is asked who they are.
  await signInAs(person, "rob");
  await person.button("Account rob@contoso.example").waitFor();
});

withProvider("a token is renewed before it ends, and a session that ends is said so", options, async (person) => {
  const { page, origin, server } = person;
  await page.clock.install();
  await page.goto(`${origin}/console/devices`);
  const arrived = tokenOf(page);
  await signInAs(person, "ann");
  await page.getByRole("heading", { name: "No devices are registered yet" }).waitFor();
  const first = await arrived;
  const renewed = page.waitForResponse(`${server.provider.origin}/token`);
  await page.clock.fastForward("59:30");
  assert.equal((await renewed).status(), 200);
  // The page takes it up a moment after it has come, however long the machine is at it.
  let second = first;
  while (second === first) {
    const asked = page.waitForRequest((request) => request.url().includes(`${DEVICES}?`));
    await person.button("Refresh").click();
    second = (await asked).headers().authorization.replace("Bearer ", "");
  }
  // What the server refuses in spite of its date is renewed, and asked for again.
  let refusals = 0;
  await page.route(`**${DEVICES}?**`, (route) => ((refusals += 1) === 1 ? route.fulfill({ status: 401, json: {} }) : route.continue()));
  const renews = (request) => request.url().includes(`${DEVICES}?`) && request.headers().authorization !== `Bearer ${second}`;
  const again = page.waitForResponse((response) => renews(response.request()) && response.status() === 200);
  await person.button("Refresh").click();
  await again;
  assert.ok(refusals > 1, "one request was refused, and another was not");
  await page.unroute(`**${DEVICES}?**`);
  await server.provider.revoke();
  await page.clock.fastForward("01:00:30");
  await page.getByText("Your session has ended. Sign in again to go on where you were.").waitFor();
  await person.look("session-ended");
  // The provider still knows the browser.
  await person.button("Sign in with Contoso").click();
  await page.getByRole("heading", { name: "No devices are registered yet" }).waitFor();
});

withProvider("who is refused is told why, and what to do", options, async (person) => {
  const { page, origin } = person;
  await page.goto(`${origin}/console/devices`);
  await person.button("Sign in with Contoso").click();
  await person.button("Refuse").click();
  await page.getByRole("alert").getByText("Contoso does not let you in").waitFor();
  await person.look("sign-in-refused");
  await page.goto(`${origin}/console/devices`);
  await signInAs(person, "stranger");
  await page.getByRole("alert").getByText(/tenant/).first().waitFor();
  await person.look("sign-in-wrong-tenant");
});

for (const [name, missing] of [["nobody", "DeviceManagementServiceConfig.Read.All"], ["rob", "DeviceManagementServiceConfig.ReadWrite.All"]]) {
  withProvider(`a token without ${missing} is told what it lacks`, options, async (person) => {
    const { page, origin } = person;
    await page.goto(`${origin}/console/${name === "rob" ? "profiles" : "devices"}`);
    await signInAs(person, name);
    if (name === "nobody") await page.getByRole("alert").getByText(missing).first().waitFor();
    else await person.button("New profile").first().and(page.locator('[aria-disabled="true"]')).waitFor();
  });
}
