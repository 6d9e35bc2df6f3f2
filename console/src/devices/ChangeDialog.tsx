// Changes devices: what is wanted, what would come of it, then the change, which goes on in the panel of work.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Spinner, Text } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { readAgain, useAct } from "../graph/act";
import { Failure } from "../shell/Failure";
import { begin } from "../shell/work";
import { texts } from "../texts";
import { carryOut, type ChangeVerb, type Chosen, type Preview, rehearse } from "./change";
import { ChangePreview } from "./ChangePreview";
import css from "./ChangeDialog.module.css";

interface ChangeDialogProps {
  verb: ChangeVerb;
  devices: Chosen;
  close: () => void;
  done?: () => void;
}

const words = texts.change;

export function ChangeDialog({ verb, devices, close, done }: ChangeDialogProps) {
  const queries = useQueryClient();
  const [value, setValue] = useState("");
  const [preview, setPreview] = useState<Preview | null>(null);
  const { run, error, isBusy: isLooking } = useAct();
  const look = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => setPreview(await rehearse(verb, value.trim(), devices, new AbortController().signal)));
  };
  const change = () => {
    begin(words.work(verb, devices.count), devices.count, async (report, signal) => {
      try {
        await carryOut(verb, value.trim(), devices, report, signal);
      } finally {
        readAgain(queries);
      }
      done?.();
    });
    close();
  };
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <form onSubmit={look}>
          <DialogBody>
            <DialogTitle>{words.titles(verb, devices.count)}</DialogTitle>
            <DialogContent className={css.content ?? ""}>
              {verb === "delete" ? (
                <Text>{words.deleteNote}</Text>
              ) : (
                <Field label={words.values[verb]} hint={words.hints[verb]}>
                  <Input value={value} onChange={(_, data) => (setValue(data.value), setPreview(null))} />
                </Field>
              )}
              {isLooking && <Spinner size="tiny" label={words.looking} />}
              {error && <Failure error={error} />}
              {preview && <ChangePreview preview={preview} count={devices.count} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={close}>{words.cancel}</Button>
              <Button type="submit" appearance={preview ? "secondary" : "primary"} disabledFocusable={isLooking}>
                {words.preview}
              </Button>
              {preview && (
                <Button appearance="primary" onClick={change} disabledFocusable={preview.changing === 0 && devices.count <= preview.looked}>
                  {words.carryOut(verb, devices.count)}
                </Button>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
