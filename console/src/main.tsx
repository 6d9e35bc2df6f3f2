// The start of the console: theme, session, then the pages.

import "./page.css";

import { FluentProvider, Spinner, webDarkTheme, webLightTheme } from "@fluentui/react-components";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, useEffect, useState, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";

import { GraphError } from "./graph/error";
import { router } from "./routes";
import { begin, isSignedIn, subscribe } from "./session/session";
import { type ConsoleSettings, readSettings } from "./session/settings";
import { SignInPage } from "./session/SignInPage";
import { useIsDark } from "./shell/theme";
import { texts } from "./texts";

const RETRIES_MAX = 3;
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => error instanceof GraphError && error.isPassing && count < RETRIES_MAX,
      retryDelay: (count, error) => ((error as GraphError).retryAfterSeconds ?? 2 ** count) * 1_000,
    },
  },
});

interface Start {
  settings: ConsoleSettings;
  error: Error | null;
}

async function start(): Promise<Start | null> {
  const settings = await readSettings();
  try {
    return (await begin(settings)) ? null : { settings, error: null };
  } catch (error) {
    return { settings, error: error as Error };
  }
}

// Once for each load of the page: a code can be redeemed only once.
const started = start();

function Console() {
  const isDark = useIsDark();
  const [at, setAt] = useState<Start | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  const isIn = useSyncExternalStore(subscribe, isSignedIn);
  const [wasIn, setWasIn] = useState(false);
  useEffect(() => void started.then(setAt, setFailure), []);
  useEffect(() => {
    if (isIn) setWasIn(true);
  }, [isIn]);
  return (
    <FluentProvider theme={isDark ? webDarkTheme : webLightTheme} className="console">
      {failure && <p role="alert">{failure.message}</p>}
      {!at && !failure && <Spinner className="starting" label={texts.signIn.starting} />}
      {at && !isIn && <SignInPage settings={at.settings} error={at.error} notice={wasIn ? texts.signIn.ended : null} />}
      {at && isIn && (
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      )}
    </FluentProvider>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Console />
    </StrictMode>,
  );
}
