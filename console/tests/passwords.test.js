// BIOS passwords: shown with a reason, for half a minute, or copied without being shown; never in a list.

import { assert, ORIGIN, test } from "./support.js";

const PASSWORDS = "/beta/deviceManagement/hardwarePasswordInfo";
const EVIL = '<img src=x onerror="alert(1)">';

test("a password is shown with a reason for thirty seconds, and copied without being shown", async (person) => {
  const { page, api } = person;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: ORIGIN });
  await page.clock.install();
  await api.post(PASSWORDS, { serialNumber: "SN-1", currentPassword: "correct horse", previousPasswords: ["battery staple"] });
  await api.post(PASSWORDS, { serialNumber: EVIL, currentPassword: "x", previousPasswords: [] });
  const answers = [];
  page.on("response", (response) => response.url().includes("hardwarePasswordInfo") && answers.push(response));
  await person.signIn("/console/passwords");
  const grid = page.getByRole("grid", { name: "BIOS passwords" });
  await grid.getByText("SN-1").waitFor();
  await grid.getByText(EVIL).waitFor();
  for (const answer of answers) assert.doesNotMatch(await answer.text(), /correct horse|battery staple/);
  await person.look("passwords");
  await person.button("Reveal the passwords of SN-1").click();
  const dialog = page.getByRole("dialog", { name: "Passwords of SN-1" });
  await dialog.getByLabel("Reason").fill("board replaced");
  await dialog.getByLabel("Ticket").fill("INC-4711");
  await person.button("Copy without showing").click();
  await dialog.getByText("The current password is in the clipboard.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "correct horse");
  assert.equal(await page.getByText("correct horse").count(), 0);
  await person.button("Show for 30 seconds").click();
  await dialog.getByText("correct horse").waitFor();
  await dialog.getByText("battery staple").waitFor();
  await person.accessible("a password is shown");
  await page.clock.fastForward(30_500);
  await dialog.getByText(/Hidden again/).waitFor();
  assert.equal(await page.getByText("correct horse").count(), 0);
  await person.look("passwords-hidden");
  const shown = answers.find((answer) => answer.url().endsWith("muster.reveal"));
  assert.equal(shown.headers()["cache-control"], "no-store");
  assert.ok(answers.every((answer) => !answer.url().includes("horse")));
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.doesNotMatch(kept, /horse|staple/);
});

test("a new password puts the former one into the history", async (person) => {
  const { page, api } = person;
  const { id } = await api.post(PASSWORDS, { serialNumber: "SN-1", currentPassword: "first", previousPasswords: [] });
  await person.signIn("/console/passwords");
  await person.button("Set a new password for SN-1").click();
  await page.getByLabel(/^New password\s*\*?$/).fill("second");
  await page.getByLabel("New password again").fill("secnd");
  await page.getByText("The two are not the same.").waitFor();
  await page.getByLabel("New password again").fill("second");
  await person.look("passwords-new");
  await page.getByRole("dialog").getByRole("button", { name: "Set a new password" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const shown = await api.post(`${PASSWORDS}/${id}/muster.reveal`, {});
  assert.deepEqual([shown.currentPassword, shown.previousPasswords], ["second", ["first"]]);
});

test("an empty vault says what to do next", async (person) => {
  await person.signIn("/console/passwords");
  await person.page.getByRole("heading", { name: "No passwords are kept yet" }).waitFor();
});
