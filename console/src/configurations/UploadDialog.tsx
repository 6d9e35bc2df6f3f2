// A file of settings on its way to the server: as a new configuration or as a new version of one, with what would change and what
// the server finds in it, before it is sent.

import { Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Select, Text } from "@fluentui/react-components";
import { type FormEvent, useMemo, useState } from "react";

import { useAct } from "../graph/act";
import { Failure } from "../shell/Failure";
import { texts } from "../texts";
import { configurations as all } from "../texts/configurations";
import { base64Of, bytesOf, differences, settingsOf, textOf } from "./cctk";
import { type Configuration, FILE_BYTES_MAX, upload } from "./configuration";
import css from "./Configurations.module.css";
import { DifferenceTable } from "./DifferenceTable";
import { ExaminationView, useExamination } from "./ExaminationView";
import { FileChoice } from "./FileChoice";

interface UploadDialogProps {
  /** The configuration that gets a new version; none for a new one. */
  configuration: Configuration | null;
  open: (id: string) => void;
  close: () => void;
}

const words = all.form;

export function UploadDialog({ configuration, open, close }: UploadDialogProps) {
  const [file, setFile] = useState<{ name: string; bytes: Uint8Array } | null>(null);
  const [name, setName] = useState(configuration?.displayName ?? "");
  const [description, setDescription] = useState(configuration?.description ?? "");
  const [format, setFormat] = useState(configuration?.hardwareConfigurationFormat ?? "dell");
  const [isPerDevice, setIsPerDevice] = useState(!configuration?.perDevicePasswordDisabled);
  const [done, setDone] = useState<Configuration | null>(null);
  const { run, error, isBusy } = useAct();
  const isTooLarge = file !== null && file.bytes.length > FILE_BYTES_MAX;
  const content = useMemo(() => (file && !isTooLarge ? base64Of(file.bytes) : null), [file, isTooLarge]);
  const examination = useExamination(content, format);
  const { isRefused = false, findings = [] } = examination.data ?? {};
  // Whoever sends a file has seen what is wrong with it.
  const isGood = content !== null && !examination.isPending && !isRefused && name.trim() !== "";
  const choose = (chosen: { name: string; bytes: Uint8Array }) => {
    setFile(chosen);
    if (name === "") setName(chosen.name.replace(/\.[^.]*$/, ""));
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!isGood || !file) return;
    const body = {
      displayName: name.trim(),
      description: description.trim() || null,
      fileName: file.name,
      hardwareConfigurationFormat: format,
      configurationFileContent: content,
      perDevicePasswordDisabled: !isPerDevice,
    };
    void run(async () => setDone(await upload(configuration?.id ?? null, body)));
  };
  const changes = configuration && file && differences(settingsOf(textOf(bytesOf(configuration.configurationFileContent))), settingsOf(textOf(file.bytes)));
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <form onSubmit={send}>
          <DialogBody>
            <DialogTitle>{configuration ? all.replace : all.upload}</DialogTitle>
            {done ? (
              <DialogContent className={css.form ?? ""}>
                <Text role="status">{words.done(done.version)}</Text>
              </DialogContent>
            ) : (
              <DialogContent className={css.form ?? ""}>
                <FileChoice label={words.file} file={file} choose={choose} fault={isTooLarge ? words.tooLarge : null} />
                <Field label={words.name} required>
                  <Input value={name} maxLength={150} onChange={(_, { value }) => setName(value)} />
                </Field>
                <Field label={words.description}>
                  <Input value={description} maxLength={1_000} onChange={(_, { value }) => setDescription(value)} />
                </Field>
                <Field label={words.format}>
                  <Select value={format} onChange={(_, { value }) => setFormat(value)}>
                    {Object.entries(all.formats).map(([member, title]) => (
                      <option key={member} value={member}>
                        {title}
                      </option>
                    ))}
                  </Select>
                </Field>
                <Checkbox label={all.ownPassword} checked={isPerDevice} onChange={(_, { checked }) => setIsPerDevice(checked === true)} />
                {changes && <DifferenceTable label={words.changes} differences={changes} from={texts.change.from} to={texts.change.to} />}
                {content !== null && <ExaminationView examination={examination} />}
                {error && <Failure error={error} />}
              </DialogContent>
            )}
            <DialogActions>
              <Button onClick={close}>{done ? texts.work.close : texts.change.cancel}</Button>
              {done ? (
                !configuration && (
                  <Button appearance="primary" onClick={() => open(done.id)}>
                    {words.open}
                  </Button>
                )
              ) : (
                <Button type="submit" appearance="primary" disabledFocusable={isBusy || !isGood}>
                  {findings.length > 0 ? words.saveAnyway : words.save}
                </Button>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
