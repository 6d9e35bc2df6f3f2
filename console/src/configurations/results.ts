// What an agent reports of single settings; a script may report any text.

export interface SettingResult {
  name: string;
  outcome: string;
  reason?: string;
}

export interface Results {
  results: SettingResult[];
  error: string | null;
}

/** The report of an agent; none if the text is none. */
export function resultsOf(output: string | null): Results | null {
  try {
    const report = JSON.parse(output ?? "") as { results?: unknown; error?: unknown };
    const results = Array.isArray(report.results) ? (report.results as SettingResult[]) : [];
    return { results: results.filter(({ name, outcome }) => typeof name === "string" && typeof outcome === "string"), error: typeof report.error === "string" ? report.error : null };
  } catch {
    return null;
  }
}
