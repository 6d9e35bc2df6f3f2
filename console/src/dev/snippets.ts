// A request again, in the languages of those who build tools. The token comes from a variable, so that nobody pastes one.

import { readable, type RecentRequest } from "./request";

export type Asked = Pick<RecentRequest, "method" | "path" | "query">;

const BODY_METHODS = ["POST", "PATCH", "PUT"];
const hasBody = ({ method }: Asked) => BODY_METHODS.includes(method);
const urlOf = (origin: string, { path, query }: Asked) => origin + path + (query && `?${query}`);
/** A text in single quotes, as a shell and PowerShell read it. */
const sh = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const ps = (text: string) => `'${text.replaceAll("'", "''")}'`;
const quoted = (text: string) => JSON.stringify(text);

function curl(origin: string, asked: Asked): string {
  const body = hasBody(asked) ? ` \\\n  -H 'Content-Type: application/json' --data @body.json` : "";
  return `curl --cacert "$SSL_CERT_FILE" -X ${asked.method} ${sh(urlOf(origin, asked))} \\\n  -H "Authorization: Bearer $MUSTER_TOKEN"${body}`;
}

function powerShell(origin: string, asked: Asked): string {
  const body = hasBody(asked) ? " -ContentType 'application/json' -InFile body.json" : "";
  return `Invoke-RestMethod -Method ${asked.method} -Uri ${ps(urlOf(origin, asked))} -Headers @{ Authorization = "Bearer $env:MUSTER_TOKEN" }${body}`;
}

function python(origin: string, asked: Asked): string {
  const body = hasBody(asked) ? ", json=json.load(open(\"body.json\"))" : "";
  const lines = [
    `import ${body ? "json, " : ""}os`,
    "import httpx",
    `answer = httpx.request(${quoted(asked.method)}, ${quoted(urlOf(origin, asked))}, headers={"Authorization": f"Bearer {os.environ['MUSTER_TOKEN']}"}${body})`,
    "print(answer.status_code, answer.text)",
  ];
  return lines.join("\n");
}

/** For Microsoft's client for JavaScript, which takes a path as it is. */
function javaScript(_origin: string, asked: Asked): string {
  const [, version = "beta", ...rest] = asked.path.split("/");
  const path = `/${rest.join("/")}${asked.query && `?${readable(asked.query)}`}`;
  const verb = asked.method.toLowerCase();
  return `const answer = await client.api(${quoted(path)}).version(${quoted(version)}).${verb}(${hasBody(asked) ? "body" : ""});`;
}

const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
/** A segment that is a name of the model; others are keys. Names alternate with keys in a collection's path. */
const isName = (segment: string) => /^[a-z][A-Za-z]*$/.test(segment);
const QUERY_PROPERTIES: Record<string, (value: string) => string> = {
  $top: (value) => `Top = ${Number(value)}`,
  $skip: (value) => `Skip = ${Number(value)}`,
  $count: (value) => `Count = ${value === "true"}`,
  $filter: (value) => `Filter = ${quoted(value)}`,
  $search: (value) => `Search = ${quoted(value)}`,
  $select: (value) => `Select = [${value.split(",").map(quoted).join(", ")}]`,
  $expand: (value) => `Expand = [${quoted(value)}]`,
  $orderby: (value) => `Orderby = [${value.split(",").map(quoted).join(", ")}]`,
};

/** For Microsoft.Graph.Beta, whose builders follow the path. What is this server's own has none there. */
function cSharp(_origin: string, asked: Asked): string | null {
  const segments = asked.path.split("/").slice(2).map(readable);
  if (segments.some((segment) => segment.includes("(") || segment.startsWith("muster.") || segment.startsWith("$"))) return null;
  const builder = segments.map((segment) => (isName(segment) ? `.${pascal(segment)}` : `[${quoted(segment)}]`)).join("");
  const verb = pascal(asked.method.toLowerCase());
  const options = [...new URLSearchParams(asked.query)].flatMap(([name, value]) => {
    const property = QUERY_PROPERTIES[name];
    return property ? [`    request.QueryParameters.${property(value)};`] : [];
  });
  const configured = options.length > 0 ? `request =>\n{\n${options.join("\n")}\n}` : "";
  const parameters = [hasBody(asked) ? "body" : "", configured].filter(Boolean).join(", ");
  return `var answer = await graphClient${builder}.${verb}Async(${parameters});`;
}

/** The languages, and how each says a request; none if it cannot. */
export const SNIPPETS: Record<string, (origin: string, asked: Asked) => string | null> = {
  curl,
  PowerShell: powerShell,
  Python: python,
  "C# (Graph SDK)": cSharp,
  "JavaScript (Graph SDK)": javaScript,
};
