// The server was updated while somebody had the console open: the scripts of its pages are not there any more.

import { assert, DEVICES, test } from "./support.js";

const PART = (name) => `**/console/assets/${name}-*.js`;
const gone = (route) => route.fulfill({ status: 404, body: "" });

test("a page whose script is gone offers to load the console again, and is then where one wanted to be", async (person) => {
  const { page } = person;
  await person.signIn("/console/devices?search=kiosk");
  await person.heading("Devices").waitFor();
  await page.route(PART("GroupsPage"), gone);
  await page.getByRole("link", { name: "Groups", exact: true }).click();
  await page.getByRole("alert").getByText("The console was updated.").waitFor();
  await person.look("console-updated");
  await page.getByRole("link", { name: "Devices", exact: true }).click();
  await person.heading("Devices").waitFor();
  await page.goBack();
  await page.unroute(PART("GroupsPage"));
  await person.button("Load again").click();
  await person.heading("Groups").waitFor();
  assert.equal(new URL(page.url()).pathname, "/console/groups");
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("a dialog whose script is gone leaves the page as it is", async (person) => {
  const { page, api } = person;
  await api.createAll(DEVICES, [{ serialNumber: "SN-1" }]);
  await person.signIn();
  await page.getByRole("checkbox", { name: "Select SN-1" }).check();
  await page.route(PART("ChangeDialog"), gone);
  await person.button("Set group tag").click();
  await person.button("Load again").waitFor();
  assert.equal(await page.getByRole("checkbox", { name: "Select SN-1" }).isChecked(), true);
});

test("that the server is not there when a page is needed is told as such", async (person) => {
  const { page } = person;
  await person.signIn();
  await person.heading("Devices").waitFor();
  await page.route("**/console/**", (route) => route.abort());
  await page.getByRole("link", { name: "Groups", exact: true }).click();
  await page.getByRole("alert").getByText(/The server could not be reached/).waitFor();
  await page.unroute("**/console/**");
  await person.button("Load again").click();
  await person.heading("Groups").waitFor();
});
