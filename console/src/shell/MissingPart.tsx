// A part of the console did not come: why, and how to get it where one is.

import { Button, MessageBar, MessageBarActions, MessageBarBody } from "@fluentui/react-components";
import { useSyncExternalStore } from "react";

import { texts } from "../texts";
import { missingPart, subscribe } from "./part";
import css from "./Shell.module.css";

export function MissingPart() {
  const missing = useSyncExternalStore(subscribe, missingPart);
  if (!missing) return null;
  return (
    <MessageBar className={css.missing} intent="warning" layout="multiline" role="alert">
      <MessageBarBody>{texts.shell.missing[missing]}</MessageBarBody>
      <MessageBarActions>
        <Button onClick={() => location.reload()}>{texts.shell.loadAgain}</Button>
      </MessageBarActions>
    </MessageBar>
  );
}
