// The page of the audit: filters that are in its address, an event whole, the export, the chain.

import { readFileSync } from "node:fs";

import { assert, test } from "./support.js";

const PASSWORDS = "/beta/deviceManagement/hardwarePasswordDetails";

test("who looked at what is found by who, what, whom and when, and exported", async (person) => {
  const { page, api } = person;
  const [one, other] = await api.createAll(PASSWORDS, [{ serialNumber: "SN-1", currentPassword: "not on record" }, { serialNumber: "SN-2", currentPassword: "nor this" }]);
  await api.call("POST", `${PASSWORDS}/${one.id}/muster.reveal`, undefined, { "Muster-Reason": "=board, replaced", "Muster-Ticket": "INC-1" });
  await api.call("DELETE", `${PASSWORDS}/${other.id}`);
  await person.signIn("/console/audit");
  const grid = page.getByRole("grid", { name: "Audit" });
  await grid.getByRole("row", { name: /Passwords shown.*SN-1.*=board, replaced.*INC-1/ }).waitFor();
  // A record that is gone has no name any more.
  await grid.getByRole("row", { name: new RegExp(`Record deleted.*${other.id}`) }).waitFor();
  await person.look("audit");
  await page.getByRole("combobox", { name: "What", exact: true }).selectOption({ label: "Record deleted" });
  await page.waitForURL((url) => url.searchParams.get("activity") === "Delete Passwords");
  await grid.getByRole("row", { name: /Record deleted/ }).waitFor();
  assert.equal(await grid.getByText("=board, replaced").count(), 0);
  await person.button("Clear all").click();
  await page.getByRole("textbox", { name: "Who", exact: true }).fill("nobody@contoso.example");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "No event matches" }).waitFor();
  await person.button("Clear all").click();
  await page.getByLabel("To", { exact: true }).fill("2001-01-01");
  await page.getByRole("heading", { name: "No event matches" }).waitFor();
  await page.goto(`${person.origin}/console/passwords/${one.id}`);
  await page.getByRole("link", { name: "Who looked at it" }).click();
  await grid.getByText("=board, replaced").waitFor();
  assert.equal(await grid.getByText("Record deleted").count(), 0);
  const saved = page.waitForEvent("download");
  await person.button("Export").click();
  const [head, ...lines] = readFileSync(await (await saved).path(), "utf8").trim().split("\n");
  assert.match(head, /^activityDateTime,activityType/);
  assert.ok(lines.some((line) => line.includes(`"'=board, replaced",INC-1`)), lines.join("\n"));
  assert.ok(lines.every((line) => line.includes(one.id)));
  await grid.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("127.0.0.1").waitFor();
  await dialog.getByRole("link", { name: one.id }).waitFor();
  await person.look("audit-event");
});

test("the page has words for each activity that there is, and asks for the names of a page at once", async (person) => {
  const { page, api } = person;
  const records = await api.createAll(PASSWORDS, Array.from({ length: 12 }, (_, at) => ({ serialNumber: `SN-${at}`, currentPassword: "not on record" })));
  for (const { id } of records) await api.post(`${PASSWORDS}/${id}/muster.reveal`);
  const asked = [];
  page.on("request", (request) => request.url().includes("hardwarePasswordDetails?") && asked.push(request.url()));
  await person.signIn("/console/audit");
  for (let at = 0; at < 12; at += 1) await page.getByRole("row", { name: new RegExp(`Passwords shown.*SN-${at}\\b`) }).waitFor();
  assert.equal(asked.length, 1, asked.join("\n"));
  const { value } = await api.get("/beta/deviceManagement/auditEvents/getAuditActivityTypes(category='DeviceConfiguration')");
  const offered = await page.getByRole("combobox", { name: "What", exact: true }).locator("option").evaluateAll((options) => options.map((option) => option.value));
  assert.deepEqual(value.filter((type) => !offered.includes(type)), []);
});

test("an audit with nothing on record says what comes there", async (person) => {
  await person.signIn("/console/audit");
  await person.page.getByRole("heading", { name: "Nothing is on record yet" }).waitFor();
  await person.look("audit-empty");
});

// The clock is turned, so the server is its own.
test("the chain is verified in the page, up to its last checkpoint", { config: "" }, async (person) => {
  const { page, api } = person;
  const [one] = await api.createAll(PASSWORDS, [{ serialNumber: "SN-1", currentPassword: "not on record" }]);
  for (const reason of ["first", "second"]) await api.call("POST", `${PASSWORDS}/${one.id}/muster.reveal`, undefined, { "Muster-Reason": reason });
  await person.signIn("/console/audit");
  const chain = page.getByRole("region", { name: "The chain" });
  await chain.getByRole("button", { name: "Verify the chain" }).click();
  await chain.getByText("The chain holds").waitFor();
  await chain.getByText("There is no checkpoint yet", { exact: false }).waitFor();
  await api.post("/_/clock", { advance: "PT2H" });
  await chain.getByRole("button", { name: "Verify the chain" }).click();
  await chain.getByText(/2 records from the first to the last, and 1 checkpoint met/).waitFor();
  await chain.getByText(/^[0-9a-f]{64}$/).first().waitFor();
  await chain.scrollIntoViewIfNeeded();
  await person.look("audit-verified");
});
