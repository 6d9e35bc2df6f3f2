// What a person does at the sign-in pages: choose a user, perhaps type a code or accept, and follow the way back.

/** The hidden fields of a page's form. */
const hidden = (text) => {
  const unescape = (value) =>
    value.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const inputs = text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name, value]) => [name, unescape(value)]));
};

/** The address to which a page's form goes. */
const action = (text) => text.match(/<form method="post" action="([^"]*)"/)?.[1];

/** Signs in at the page of this URL; the address to which it leads back, or the page that says it is done. */
export const signIn = async (url, user, more = {}) => {
  const page = await (await fetch(url)).text();
  const body = new URLSearchParams({ ...hidden(page), user, ...more });
  const answer = await fetch(url.split("?")[0], { method: "POST", body, redirect: "manual" });
  const text = await answer.text();
  const back = action(text);
  if (back) {
    await fetch(back, { method: "POST", body: new URLSearchParams(hidden(text)) });
  }
  return answer.headers.get("location") ?? text;
};
