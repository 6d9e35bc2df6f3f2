// Rotation: devices set new passwords at their next check-ins.

import { assert, test } from "./support.js";

const PASSWORDS = "/beta/deviceManagement/hardwarePasswordDetails";

test("a password is rotated, and those of all records that a filter selects", async (person) => {
  const { page, api } = person;
  const [{ id }] = await api.createAll(PASSWORDS, ["SN-1", "SN-2", "OTHER"].map((serialNumber) => ({ serialNumber, currentPassword: `of ${serialNumber}` })));
  await person.signIn(`/console/passwords/${id}`);
  await person.heading("SN-1").waitFor();
  await person.button("Rotate").click();
  await page.getByRole("dialog", { name: "Rotate the password of SN-1" }).waitFor();
  await person.look("password-rotate");
  await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.goto(`${person.origin}/console/passwords?search=SN-`);
  await person.button("Rotate all that match").click();
  const filter = page.getByRole("textbox", { name: "OData filter" });
  assert.equal(await filter.inputValue(), "startswith(serialNumber,'SN-')");
  await person.button("Preview").click();
  await page.getByRole("heading", { name: "Rotate the passwords of 2 devices" }).waitFor();
  await person.look("passwords-rotate");
  await page.getByRole("dialog").getByRole("button", { name: "Rotate", exact: true }).click();
  await page.getByText("2 devices set a new password at the next check-in.").waitFor();
});
