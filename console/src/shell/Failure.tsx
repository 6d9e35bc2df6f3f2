// What went wrong: Graph's words, the name under which the log has it, and what to do.

import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";

import { GraphError } from "../graph/error";
import { texts } from "../texts";
import css from "./Failure.module.css";

export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const graphError = error instanceof GraphError ? error : null;
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        {graphError && <MessageBarTitle>{graphError.code}</MessageBarTitle>}
        {error.message}
        <div className={css.more}>
          {texts.error.todo(graphError?.status ?? -1)}
          {graphError?.requestId && (
            <>
              {" "}
              {texts.error.requestId}: <code>{graphError.requestId}</code>
            </>
          )}
        </div>
      </MessageBarBody>
      {retry && (
        <MessageBarActions>
          <Button onClick={retry}>{texts.error.retry}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}
