// The tool builder's corner of a dev server: its clock, a token for the clipboard, and the permissions that were used.

import { assert, DEVICES, ORIGIN, test } from "./support.js";

test("the clock is turned, a call is copied and works, and the permissions used are told", async (person) => {
  const { page, api } = person;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: ORIGIN });
  await api.get(`${DEVICES}?$top=1`);
  await person.signIn("/console/dev");
  const now = page.getByRole("region", { name: "Clock" }).getByRole("status");
  await now.getByText(/It is/).waitFor();
  await page.getByLabel("Duration").fill("tomorrow");
  await person.button("Turn the clock").click();
  await page.getByRole("alert").getByText(/Request id/).waitFor();
  await person.button("Copy as curl").click();
  await page.getByText("curl is in the clipboard.").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const [, token, url] = /Bearer ([^']+)' '([^']+)'/.exec(copied);
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200);
  assert.equal(await page.getByText("Bearer").count(), 0);
  await page.getByText("DeviceManagementServiceConfig.Read.All").first().waitFor();
  await person.look("dev");
});

test("a token with chosen permissions may do no more, and the tenants are listed", async (person) => {
  const { page, api, tenant } = person;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: ORIGIN });
  await api.createAll(DEVICES, [{ serialNumber: "SN-1" }]);
  await person.signIn("/console/dev");
  const tenants = page.getByRole("region", { name: "Tenants" });
  await tenants.getByText("You are here").waitFor();
  await tenants.getByRole("button", { name: `Choose a token for ${tenant}` }).click();
  const chosen = page.getByRole("region", { name: "Token with chosen permissions" });
  await chosen.getByLabel("Search permissions").fill("ServiceConfig.Read.");
  await chosen.getByRole("checkbox", { name: "DeviceManagementServiceConfig.Read.All" }).check();
  await chosen.getByRole("button", { name: "Copy a token with 1 permission" }).click();
  await chosen.getByText("A token with 1 permission is in the clipboard.").waitFor();
  await chosen.scrollIntoViewIfNeeded();
  await person.look("dev-token");
  const token = await page.evaluate(() => navigator.clipboard.readText());
  const ask = (path, method = "GET") => fetch(ORIGIN + path, { method, headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }, ...(method === "POST" && { body: "{}" }) });
  const { permissions, tenant: told } = await (await ask("/_/caller")).json();
  assert.deepEqual([permissions, told], [["DeviceManagementServiceConfig.Read.All"], tenant]);
  assert.equal((await ask(`${DEVICES}?$top=1`)).status, 200);
  assert.equal((await ask(DEVICES, "POST")).status, 403);
});
