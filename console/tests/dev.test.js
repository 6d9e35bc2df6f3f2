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
