// The pages of passwords: metadata, looks with a reason, deleted records, canaries.

import { assert, test } from "./support.js";

const PASSWORDS = "/beta/deviceManagement/hardwarePasswordDetails";
const EXPLICIT = '[secrets]\nreveal = "explicit"\nrequire_reason = true\n';

/** Records of these serial numbers, each with a password that followed another. */
async function kept(api, ...serialNumbers) {
  const records = await api.createAll(PASSWORDS, serialNumbers.map((serialNumber) => ({ serialNumber, currentPassword: `new of ${serialNumber}`, previousPasswords: [`old of ${serialNumber}`] })));
  return records.map(({ id }) => id);
}

async function giveReason(page) {
  await page.getByRole("textbox", { name: "Reason" }).fill("board replaced");
  await page.getByRole("textbox", { name: "Ticket" }).fill("INC-4711");
}

test("passwords are told of, and shown for a while only with a reason", { config: EXPLICIT, permissions: ["clipboard-read", "clipboard-write"] }, async (person) => {
  const { page, api } = person;
  const [id] = await kept(api, "SN-1", "SN-2", "OTHER");
  await page.clock.install();
  await person.signIn("/console/passwords");
  const grid = page.getByRole("grid", { name: "BIOS passwords" });
  await grid.getByRole("row", { name: /SN-1.*Today.*1.*Active/ }).waitFor();
  await person.look("passwords");
  await page.getByRole("searchbox", { name: "Serial number begins with" }).fill("SN-");
  await page.waitForFunction(() => document.querySelectorAll('[role="grid"] [role="row"]').length === 3);
  await grid.getByRole("link", { name: "SN-1" }).click();
  await person.heading("SN-1").waitFor();
  await page.getByRole("region", { name: "Facts" }).getByText(id).waitFor();
  await person.button("Show for 30 seconds").click();
  await page.getByText("Say why.").waitFor();
  assert.equal(await page.getByText("new of SN-1").count(), 0);
  await page.getByRole("textbox", { name: "Reason" }).fill("Gerät kaputt");
  await page.getByText("Only letters without accents").waitFor();
  await giveReason(page);
  await person.look("password");
  const asked = page.waitForRequest(/muster\.reveal/);
  await person.button("Show for 30 seconds").click();
  const headers = (await asked).headers();
  assert.deepEqual([headers["muster-reason"], headers["muster-ticket"]], ["board replaced", "INC-4711"]);
  const shown = page.getByRole("group", { name: "Passwords" });
  await shown.getByText("new of SN-1").waitFor();
  await shown.getByText("old of SN-1").waitFor();
  await person.look("password-shown");
  await page.clock.runFor(31_000);
  await page.getByText("Hidden again. Another look").waitFor();
  assert.ok(!(await page.content()).includes("new of SN-1"));
  await person.button("Copy without showing").click();
  await page.getByText("The current password is in the clipboard.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "new of SN-1");
  assert.ok(!(await page.content()).includes("new of SN-1"));
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]));
  assert.ok(!stored.includes("SN-1\""), stored);
});

test("a record is marked as a canary, deleted and restored, where passwords are shown as documented, too", async (person) => {
  const { page, api } = person;
  const [id] = await kept(api, "SN-1");
  await person.signIn("/console/passwords");
  await page.getByText(/tells nothing else of them/).waitFor();
  await page.getByRole("grid").focus();
  await page.keyboard.press("Enter");
  await person.heading("SN-1").waitFor();
  await person.button("Mark as canary").click();
  await person.look("password-canary");
  await page.getByRole("dialog").getByRole("button", { name: "Mark as canary" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await giveReason(page);
  await person.button("Show for 30 seconds").click();
  await page.getByText("new of SN-1").waitFor();
  await person.button("Set password").click();
  await page.getByRole("textbox", { name: "New password", exact: true }).fill("newest");
  await page.getByRole("textbox", { name: "New password again" }).fill("newer");
  await page.getByText("The two are not the same.").waitFor();
  await page.getByRole("textbox", { name: "New password again" }).fill("newest");
  await page.getByRole("dialog").getByRole("button", { name: "Set password" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await api.post(`${PASSWORDS}/${id}/muster.reveal`)).currentPassword, "newest");
  await person.button("Delete").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "No passwords are kept yet" }).waitFor();
  await person.look("passwords-empty");
  await page.getByRole("tab", { name: "Deleted" }).click();
  await page.getByRole("cell", { name: id }).waitFor();
  await person.look("passwords-deleted");
  await person.button("Restore the passwords of SN-1").click();
  await page.getByRole("heading", { name: "Nothing is deleted" }).waitFor();
  await api.get(`${PASSWORDS}/${id}?$select=id`);
  await page.goto(`${person.origin}/console/passwords/none`);
  await page.getByRole("alert").getByText(/Request id/).waitFor();
});

test("who may only read is shown what a change takes", async (person) => {
  const { page, api } = person;
  const [id] = await kept(api, "SN-1");
  await page.route("**/_/caller", async (route) => {
    const response = await route.fetch();
    const caller = await response.json();
    await route.fulfill({ response, json: { ...caller, permissions: caller.permissions.filter((name) => !name.includes("Configuration.ReadWrite")) } });
  });
  await person.signIn(`/console/passwords/${id}`);
  await person.heading("SN-1").waitFor();
  for (const verb of ["Rotate", "Set password", "Mark as canary", "Delete"]) {
    const button = page.getByRole("button", { name: verb, exact: true });
    await button.and(page.locator('[aria-disabled="true"]')).waitFor();
    await button.focus();
    await page.getByRole("tooltip", { name: "Needs the permission DeviceManagementConfiguration.ReadWrite.All" }).waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await page.getByRole("dialog").count(), 0, verb);
  }
  await page.keyboard.press("Escape");
  await page.getByRole("tooltip").waitFor({ state: "detached" });
  await person.look("password-read-only");
  await page.unroute("**/_/caller");
});
