// Asks before something is done that cannot be undone at once, and says what went wrong if it was not done.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Text } from "@fluentui/react-components";
import type { ReactNode } from "react";

import { useAct } from "../graph/act";
import { texts } from "../texts";
import { Failure } from "./Failure";

interface ConfirmDialogProps {
  title: string;
  note: string;
  verb: string;
  act: () => Promise<unknown>;
  close: () => void;
  /** Whether all is there that it takes. */
  isReady?: boolean;
  children?: ReactNode;
}

export function ConfirmDialog({ title, note, verb, act, close, isReady = true, children }: ConfirmDialogProps) {
  const { run, error, isBusy } = useAct();
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>
            <Text as="p">{note}</Text>
            {children}
            {error && <Failure error={error} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={close}>{texts.change.cancel}</Button>
            <Button appearance="primary" disabledFocusable={isBusy || !isReady} onClick={() => isReady && void run(act).then((done) => done && close())}>
              {verb}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
