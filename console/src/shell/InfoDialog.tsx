// Something whole, to be read and closed.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle } from "@fluentui/react-components";
import type { ReactNode } from "react";

import { texts } from "../texts";
import css from "./InfoDialog.module.css";

interface InfoDialogProps {
  title: string;
  close: () => void;
  /** What leads on from there. */
  actions?: ReactNode;
  children: ReactNode;
}

export function InfoDialog({ title, close, actions, children }: InfoDialogProps) {
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className={css.content ?? ""}>{children}</DialogContent>
          <DialogActions>
            {actions}
            <Button onClick={close}>{texts.work.close}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
