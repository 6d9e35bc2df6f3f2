// A look that a second person has to approve of: both at the console, each in a browser of their own.

import { Api, assert, test } from "./support.js";

const PASSWORDS = "/beta/deviceManagement/hardwarePasswordDetails";
const config = '[secrets]\nreveal = "explicit"\nrequire_reason = true\napproval = true\n';
const seed = ["alice", "bob"].map((name) => `[[users]]\nupn = "${name}@contoso.example"\nname = "${name}"\nwids = ["62e90394-69f5-4237-9190-012177145e10"]\n`).join("\n");

/** Records of these serial numbers, and a person and a colleague who work with them. */
async function prepare(person, ...serialNumbers) {
  const { tenant, origin, server } = person;
  const bob = new Api(tenant, origin, server.token(tenant, "bob@contoso.example"));
  const records = await bob.createAll(PASSWORDS, serialNumbers.map((serialNumber) => ({ serialNumber, currentPassword: `new of ${serialNumber}`, previousPasswords: [] })));
  return { bob, ids: records.map(({ id }) => id), colleague: await person.colleague() };
}

async function ask({ page }, reason, ticket) {
  await page.getByRole("textbox", { name: "Reason" }).fill(reason);
  await page.getByRole("textbox", { name: "Ticket" }).fill(ticket);
  await page.getByRole("button", { name: "Show for 30 seconds" }).click();
}

test("one person asks, another approves, and the first sees the password for a while", { config, seed }, async (alice) => {
  const { page } = alice;
  const { colleague: bob, ids: [id] } = await prepare(alice, "SN-1", "SN-2");
  await page.clock.install();
  await alice.signIn(`/console/passwords/${id}`, "alice");
  await ask(alice, "board replaced", "INC-4711");
  await page.getByRole("status").getByText(/Your request waits for somebody else to approve of it, until/).waitFor();
  assert.equal(await page.getByText("new of SN-1").count(), 0);
  await alice.look("password-waiting");

  await bob.signIn("/console/passwords?show=requests", "bob");
  const request = bob.page.getByRole("row", { name: /SN-1.*alice@contoso\.example.*board replaced.*INC-4711/ });
  await request.waitFor();
  await bob.look("passwords-requests");
  await request.getByRole("button", { name: "Approve of the request for SN-1" }).click();
  await bob.page.getByRole("status").getByText(/Approved: alice@contoso\.example can look at the passwords of SN-1 once/).waitFor();
  await bob.page.getByRole("heading", { name: "Nobody waits for an approval" }).waitFor();
  await bob.look("passwords-no-requests");

  // The page notices by itself.
  await page.getByRole("status").getByText(/Your request is approved/).waitFor();
  await alice.look("password-approved");
  await alice.button("Show for 30 seconds").click();
  await page.getByRole("group", { name: "Passwords" }).getByText("new of SN-1").waitFor();
  await page.getByText(/Your request is approved/).waitFor({ state: "detached" });
  await page.clock.runFor(31_000);
  await page.getByText("Hidden again. Another look").waitFor();
  assert.ok(!(await page.content()).includes("new of SN-1"));
  // An approval is good for one look.
  await alice.button("Show for 30 seconds").click();
  await page.getByText(/Your request waits for somebody else/).waitFor();

  await bob.page.goto(`${bob.origin}/console/audit?resource=${id}`);
  for (const event of [/Passwords asked for.*alice.*board replaced.*INC-4711/, /Request approved.*bob/, /Passwords shown.*alice.*board replaced.*INC-4711/]) {
    await bob.page.getByRole("row", { name: event }).first().waitFor();
  }
});

test("nobody approves of an own request, and what the server refuses is told", { config, seed }, async (alice) => {
  const { page, origin } = alice;
  const { colleague: bob, bob: api, ids: [id] } = await prepare(alice, "SN-1");
  await alice.signIn(`/console/passwords/${id}`, "alice");
  await ask(alice, "board replaced", "INC-1");
  await page.getByRole("link", { name: "BIOS passwords, Requests" }).click();
  await page.getByRole("tab", { name: "Requests (1)" }).click();
  await page.getByText("Your own: somebody else has to approve of it.").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Approve/ }).count(), 0);

  // Somebody else's request is in the way of an own one.
  await bob.signIn(`/console/passwords/${id}`, "bob");
  await ask(bob, "disk full", "INC-2");
  await bob.page.getByRole("alert").getByText(/Somebody else's request for these passwords stands until/).waitFor();

  // What was on the page is over when it is approved: the record is gone meanwhile.
  await bob.page.goto(`${origin}/console/passwords?show=requests`);
  const approve = bob.button("Approve of the request for SN-1");
  await approve.waitFor();
  await bob.page.route("**/muster.requests()", (route) => route.abort());
  await api.call("DELETE", `${PASSWORDS}/${id}`);
  await approve.click();
  await bob.page.getByRole("alert").getByText(/go back to the list/).waitFor();
  await bob.look("passwords-refused");
});
